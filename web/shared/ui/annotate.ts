/** 标注: draws lines onto a copy of a photo, with a mark that says so; the photo itself is not touched. Touches a canvas only. */
import type { Stroke } from '../api/types'
import { pathOf } from './strokes'

/** Of the longer side. */
const LINE = 0.006
const LABEL = 0.035

function drawLabel(context: CanvasRenderingContext2D, words: string, size: number): void {
  context.font = `600 ${size}px sans-serif`
  context.textBaseline = 'top'
  const [pad, width] = [size * 0.4, context.measureText(words).width]
  context.fillStyle = '#e02020'
  context.fillRect(0, 0, width + 2 * pad, size + 2 * pad)
  context.fillStyle = '#ffffff'
  context.fillText(words, pad, pad)
}

/** The copy, as large as the photo; its owner closes it. */
export async function annotated(photo: Blob, strokes: readonly Stroke[], label: string): Promise<ImageBitmap> {
  const picture = await createImageBitmap(photo)
  const canvas = document.createElement('canvas')
  const { width, height } = picture
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')!
  context.drawImage(picture, 0, 0)
  picture.close()
  const longest = Math.max(width, height)
  context.lineCap = context.lineJoin = 'round'
  for (const [colour, weight] of [['#ffffff', 2], ['#e02020', 1]] as const) {
    context.strokeStyle = colour
    context.lineWidth = longest * LINE * weight
    for (const stroke of strokes) context.stroke(new Path2D(pathOf(stroke, width, height)))
  }
  drawLabel(context, label, Math.round(longest * LABEL))
  return createImageBitmap(canvas)
}
