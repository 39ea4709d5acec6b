package merchant

import (
	"image"
	"image/color"
	"image/draw"

	xdraw "golang.org/x/image/draw"
)

// fit returns src on white, shrunk so that its longer side is at most side.
// Two steps keep both quality and memory: whole blocks of pixels are averaged
// until less than a factor of two is left, which interpolation does well. Of
// ink the four channels are kept as they are.
func fit(src image.Image, side int) *image.RGBA {
	long := max(src.Bounds().Dx(), src.Bounds().Dy())
	img := average(src, max(long/side, 1))
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if max(w, h) <= side {
		return img
	}
	long = max(w, h)
	out := image.NewRGBA(image.Rect(0, 0, max(w*side/long, 1), max(h*side/long, 1)))
	xdraw.ApproxBiLinear.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// average shrinks src by a whole factor: each pixel is the mean of a block. A
// row of blocks at a time is converted, so that memory does not grow with src;
// a rest narrower than a block is left out.
func average(src image.Image, factor int) *image.RGBA {
	in := src.Bounds()
	block := image.Pt(min(factor, in.Dx()), min(factor, in.Dy()))
	out := image.NewRGBA(image.Rect(0, 0, in.Dx()/block.X, in.Dy()/block.Y))
	strip := image.NewRGBA(image.Rect(0, 0, out.Bounds().Dx()*block.X, block.Y))
	op := draw.Over
	if m, ok := src.(*image.CMYK); ok {
		src, op = &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}, draw.Src
	}
	for y := range out.Bounds().Dy() {
		draw.Draw(strip, strip.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(strip, strip.Bounds(), src, in.Min.Add(image.Pt(0, y*block.Y)), op)
		averageRow(out.Pix[y*out.Stride:][:out.Stride], strip, block)
	}
	return out
}

// averageRow writes one row of pixels, each the mean of a block of strip.
func averageRow(out []byte, strip *image.RGBA, block image.Point) {
	n := block.X * block.Y
	for x := 0; x < len(out); x += 4 {
		var sum [4]int
		for dy := range block.Y {
			p := strip.Pix[dy*strip.Stride+x*block.X:][:4*block.X]
			for i := 0; i < len(p); i += 4 {
				sum[0], sum[1], sum[2], sum[3] = sum[0]+int(p[i]), sum[1]+int(p[i+1]), sum[2]+int(p[i+2]), sum[3]+int(p[i+3])
			}
		}
		for c, v := range sum {
			out[x+c] = byte((v + n/2) / n)
		}
	}
}
