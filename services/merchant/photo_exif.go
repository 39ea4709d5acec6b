package merchant

import (
	"encoding/binary"
	"image"
)

// orientation is the EXIF tag of that name (Exif 2.3, 4.6.4 A): how the stored
// picture has to be turned to be upright. 1, and any value but 2 to 8, is not
// at all.
type orientation uint16

const (
	tagOrientation = 0x0112
	typeShort      = 3
	maxEntries     = 512 // of the one directory that is read
)

// exifOrientation looks through the first directory of an EXIF block. What is
// malformed or missing is 1.
func exifOrientation(b []byte) orientation {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	count := min(int(order.Uint16(b[at:])), maxEntries)
	for entries := b[at+2:]; count > 0 && len(entries) >= 12; count, entries = count-1, entries[12:] {
		one := order.Uint16(entries[2:]) == typeShort && order.Uint32(entries[4:]) == 1
		if one && order.Uint16(entries) == tagOrientation {
			return orientation(order.Uint16(entries[8:]))
		}
	}
	return 1
}

// orient turns a picture upright.
func orient(src *image.RGBA, o orientation) *image.RGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	from := map[orientation]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },         // mirrored
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }, // upside down
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, h - 1 - x }, // turn right
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return w - 1 - y, x }, // turn left
	}[o]
	if from == nil {
		return src
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			fx, fy := from(x, y)
			copy(out.Pix[out.PixOffset(x, y):][:4], src.Pix[src.PixOffset(fx, fy):][:4])
		}
	}
	return out
}
