/** What a chosen file becomes before it is sent, and what a person reads when it does not arrive. */
import { beforeEach, describe, expect, test, vi } from 'vitest'

import { Refused, Unreachable } from '@shared/api/client'
import { parseProblem } from '@shared/api/problem'
import { errorOfUpload } from '@shared/api/uploadAnswer'
import { compress } from '@shared/photos/photoCompressor'
import { NotAPicture } from '@shared/photos/shrink'

import { type ChosenPhoto, describe as described, flawWords, hex, notSentWords, UnfitPhoto } from './afterPhotos'
import { useMovePhotos } from './useMovePhotos'

vi.mock('@shared/photos/photoCompressor', () => ({ compress: vi.fn() }))

const MADE = new TextEncoder().encode('abc').buffer as ArrayBuffer
const TRAILING = { slug: 'photo-trailing-data', title: '照片尾部夹带其他数据', status: 422, detail: '照片后面还附有别的数据', retryable: false }
const refusal = (status: number, body: object): Refused => new Refused(parseProblem(status, body), null, body)
const chosen = (name: string): File => new File(['as it was chosen'], name, { type: 'image/jpeg', lastModified: Date.parse('2026-04-01T02:00:00Z') })

beforeEach(() => {
  vi.mocked(compress).mockResolvedValue({ bytes: MADE, width: 1920, height: 1440 })
  URL.createObjectURL = () => 'blob:preview'
  URL.revokeObjectURL = () => undefined
})

describe('a chosen photo', () => {
  test('is sent as it was re-encoded, never as it was chosen, under the hash of those bytes', async () => {
    const { declared, file } = await described(chosen('a.jpg'))
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(MADE))
    expect(declared).toMatchObject({
      mime: 'image/jpeg',
      bytes: 3,
      width: 1920,
      height: 1440,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      taken_at: '2026-04-01T02:00:00.000Z',
    })
  })

  test('that cannot be decoded is named with what to do', async () => {
    vi.mocked(compress).mockRejectedValue(new NotAPicture('heic'))
    const error = await described(chosen('IMG_1.HEIC')).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(UnfitPhoto)
    expect(flawWords(error as UnfitPhoto).zh).toBe(
      'IMG_1.HEIC：这是 HEIC 照片，此浏览器读不了。请在手机「设置 › 相机 › 格式」选「兼容性最佳」后重拍，或先另存为 JPEG。',
    )
  })
})

describe('a photo that did not arrive', () => {
  const photo = { file: chosen('a.jpg') } as ChosenPhoto

  test('is shown with the server’s own reason', () => {
    expect(notSentWords(photo, refusal(422, TRAILING)).zh).toBe('a.jpg：照片尾部夹带其他数据：照片后面还附有别的数据')
  })

  test('refused once more, with the reason it was first refused for', () => {
    const again = refusal(410, { slug: 'upload-rejected', title: '照片已被拒收', status: 410, reason: TRAILING })
    expect(notSentWords(photo, again).zh).toContain('照片后面还附有别的数据')
  })

  test.each([
    [new Unreachable('network'), '连不上服务器'],
    [new Unreachable('stranger', 502), '服务没有应答（HTTP 502）'],
  ])('without an answer, with where to turn to: %s', (error, words) => {
    expect(notSentWords(photo, error).zh).toContain(words)
  })
})

describe('what an answer to an upload says', () => {
  const answer = (status: number, body: string, sync = true) => ({
    getStatus: () => status,
    getBody: () => body,
    getHeader: (name: string) => (sync && name === 'X-Sync' ? '1' : undefined),
  })

  test('a problem is the server’s refusal', () => {
    expect(errorOfUpload(answer(422, JSON.stringify(TRAILING)))).toMatchObject({ problem: { slug: 'photo-trailing-data', detail: TRAILING.detail } })
  })

  test('no answer, and one that is not our server’s, refuse nothing', () => {
    expect(errorOfUpload(null)).toMatchObject({ why: 'network' })
    expect(errorOfUpload(answer(422, '<html>', false))).toMatchObject({ why: 'stranger', status: 422 })
  })
})

describe('the photos of a move', () => {
  test('keep those that can be used and say of the others why not', async () => {
    const { photos, choose } = useMovePhotos()
    vi.mocked(compress).mockResolvedValueOnce({ bytes: MADE, width: 1, height: 1 }).mockRejectedValueOnce(new NotAPicture('blank'))
    const reasons = await choose([chosen('a.jpg'), chosen('b.jpg')], 'after')
    expect(photos.value.map((one) => one.file.name)).toEqual(['a.jpg'])
    expect(reasons.map((one) => one.zh)).toEqual([expect.stringContaining('b.jpg：这张照片是全黑')])
  })

  test('a photo that is ready after its form was closed belongs to none', async () => {
    const { photos, preparing, choose, clear } = useMovePhotos()
    const choosing = choose([chosen('a.jpg')], 'after')
    clear()
    await choosing
    expect([photos.value, preparing.value]).toEqual([[], 0])
  })
})

test('a hash is lowercase hexadecimal', () => {
  expect(hex(Uint8Array.of(0, 10, 255).buffer)).toBe('000aff')
})
