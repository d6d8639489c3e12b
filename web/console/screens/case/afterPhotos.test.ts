import { describe, expect, it } from 'vitest'

import { MAX_PHOTO_BYTES } from '@shared/contract/vocabulary'
import { hex, unfit } from './afterPhotos'

describe('a photograph added on the console', () => {
  it('is JPEG, PNG or WebP and not larger than the server takes', () => {
    expect(unfit({ type: 'image/jpeg', size: MAX_PHOTO_BYTES })).toBeNull()
    expect(unfit({ type: 'image/jpeg', size: MAX_PHOTO_BYTES + 1 })).toBe('size')
    expect(unfit({ type: 'image/heic', size: 10 })).toBe('kind')
    expect(unfit({ type: 'image/png', size: 0 })).toBe('size')
  })
  it('is named by the lowercase hash of its bytes', async () => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'))
    expect(hex(digest)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
