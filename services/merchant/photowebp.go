package merchant

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"iter"

	"golang.org/x/image/webp"
)

func isWebP(b []byte) bool {
	return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

// webpChunks goes through the chunks of a WebP file or of one of its frames
// (RFC 9649, 2.3), up to the first that is cut.
func webpChunks(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(b) >= 8 {
			size := uint64(binary.LittleEndian.Uint32(b[4:]))
			if 8+size > uint64(len(b)) || !yield(string(b[:4]), b[8:8+size]) {
				return
			}
			b = b[min(8+size+size%2, uint64(len(b))):]
		}
	}
}

// decodeWebP decodes a picture, or the first frame of an animation. That one is
// handed to the decoder, which knows no animations, as a picture of its own.
func decodeWebP(b []byte) (image.Image, error) {
	for name, body := range webpChunks(b[12:]) {
		if name == "ANMF" {
			return decodeFrame(body)
		}
	}
	return decodeStill(b)
}

// decodeStill decodes a picture in colours as package image understands them.
// A lossy one has its black at 16 and its white at 235 (RFC 9649, 2.5; RFC
// 6386, 9.2), which the decoder passes on as it is, and they would come out
// grey.
func decodeStill(b []byte) (image.Image, error) {
	img, err := webp.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	switch m := img.(type) {
	case *image.YCbCr:
		fullRange(m)
	case *image.NYCbCrA:
		fullRange(&m.YCbCr)
	}
	return img, nil
}

// fullRange stretches luma from 16..235, and chroma from 16..240, to 0..255.
func fullRange(m *image.YCbCr) {
	stretch := func(plane []byte, zero, span float64, at float64) {
		var table [256]byte
		for v := range table {
			table[v] = byte(max(0, min((float64(v)-zero)*255/span+at, 255)) + 0.5)
		}
		for i, v := range plane {
			plane[i] = table[v]
		}
	}
	stretch(m.Y, 16, 219, 0)
	stretch(m.Cb, 128, 224, 128)
	stretch(m.Cr, 128, 224, 128)
}

// decodeFrame decodes a frame (RFC 9649, 2.7.1.1): its place in halves, its
// size less one, each in three bytes, then duration, flags and a picture.
func decodeFrame(b []byte) (image.Image, error) {
	const header = 16
	if len(b) < header {
		return nil, errors.New("webp: a frame without a header")
	}
	three := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	img, err := decodeStill(still(b[header:], b[6:12]))
	at := image.Pt(2*three(b), 2*three(b[3:]))
	if err != nil || at == (image.Point{}) {
		return img, err
	}
	placed := image.NewRGBA(img.Bounds().Add(at))
	draw.Draw(placed, placed.Bounds(), img, img.Bounds().Min, draw.Src)
	return placed, nil
}

// still makes a file of one frame's chunks. The size, as the frame has it,
// stands in the file's header, and the decoder holds the picture to it.
func still(chunks, size []byte) []byte {
	const hasAlpha = 1 << 4
	var flags byte
	if bytes.HasPrefix(chunks, []byte("ALPH")) {
		flags = hasAlpha
	}
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+8+10+len(chunks)))
	b = binary.LittleEndian.AppendUint32(append(b, "WEBPVP8X"...), 10)
	b = append(append(b, flags, 0, 0, 0), size...)
	return append(b, chunks...)
}
