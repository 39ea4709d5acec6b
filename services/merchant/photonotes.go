package merchant

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

// notes is what a photo's file says beside its pixels. Nothing of it is kept.
type notes struct {
	exif    []byte // a TIFF block (Exif 2.3, 4.5.2): read for the orientation alone
	profile []byte // an ICC profile: what the numbers of its pixels mean
}

// maxProfile is the size, in bytes, above which a profile is left out. Those
// of printing presses, the largest, have one to three megabytes.
const maxProfile = 4 << 20

// readNotes finds them in a JPEG, PNG or WebP. What is malformed, too large or
// missing is empty: a photo is not refused for its metadata. Whatever lengths
// the file claims, no more than its own size is read and maxProfile inflated.
func readNotes(b []byte) notes {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8")):
		return jpegNotes(b[2:])
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return pngNotes(b[8:])
	case isWebP(b):
		return webpNotes(b)
	}
	return notes{}
}

// jpegNotes reads the segments before the picture: APP1 for EXIF, APP2 for a
// profile, in up to 255 numbered parts (ICC.1:2022 B.4).
func jpegNotes(b []byte) notes {
	const exifMark, profileMark = "Exif\x00\x00", "ICC_PROFILE\x00"
	var n notes
	parts, count := map[byte][]byte{}, byte(0)
	for len(b) >= 4 && b[0] == 0xff {
		marker, size := b[1], int(binary.BigEndian.Uint16(b[2:]))
		if marker == 0xff { // padding before a marker
			b = b[1:]
			continue
		}
		if marker == 0xda || marker == 0xd9 || size < 2 || 2+size > len(b) {
			break // the picture itself begins, or the segment is cut
		}
		body := b[4 : 2+size]
		switch {
		case marker == 0xe1 && n.exif == nil && bytes.HasPrefix(body, []byte(exifMark)):
			n.exif = body[len(exifMark):]
		case marker == 0xe2 && len(body) >= 14 && bytes.HasPrefix(body, []byte(profileMark)):
			parts[body[12]], count = body[14:], body[13]
		}
		b = b[2+size:]
	}
	for i := range count {
		n.profile = append(n.profile, parts[i+1]...)
	}
	return n
}

// pngNotes reads the chunks iCCP and eXIf (PNG, third edition, 11.3.2.3 and
// 11.3.4.6).
func pngNotes(b []byte) notes {
	var n notes
	for len(b) >= 12 {
		size := int64(binary.BigEndian.Uint32(b))
		if 12+size > int64(len(b)) {
			break
		}
		body := b[8 : 8+size]
		switch string(b[4:8]) {
		case "eXIf":
			n.exif = body
		case "iCCP":
			if _, packed, ok := bytes.Cut(body, []byte{0}); ok && len(packed) > 0 {
				n.profile = inflate(packed[1:])
			}
		}
		b = b[12+size:]
	}
	return n
}

// inflate returns nothing for what is broken or larger than maxProfile.
func inflate(packed []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(r, maxProfile+1))
	if err != nil || len(b) > maxProfile {
		return nil
	}
	return b
}

// webpNotes reads the chunks ICCP and EXIF (RFC 9649, 2.7.1.4 and 2.7.1.5).
func webpNotes(b []byte) notes {
	var n notes
	for name, body := range webpChunks(b[12:]) {
		switch name {
		case "EXIF":
			n.exif = bytes.TrimPrefix(body, []byte("Exif\x00\x00")) // some write the JPEG's mark too
		case "ICCP":
			n.profile = body
		}
	}
	return n
}
