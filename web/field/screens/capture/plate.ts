/** The plate of a shop and the sign of a point: which one a scanned or typed code names. Pure but for `canScan`. */
import type { Point, Shop } from '@shared/api/types'
import { fold } from '@shared/text/fold'

/** The browser's own reader of QR codes; Android's Chrome has one, others type the code. */
export const canScan = typeof window !== 'undefined' && 'BarcodeDetector' in window

/** A plate carries its code, or an address that ends with it: .../p/SQ-0012, ...?code=SQ-0012. */
export function codeIn(text: string): string {
  const said = text.trim()
  try {
    const url = new URL(said)
    return url.searchParams.get('code') ?? decodeURIComponent(url.pathname.split('/').filter(Boolean).at(-1) ?? '')
  } catch {
    return said // no address: the code itself
  }
}

export interface Named {
  readonly shop: Shop | null
  readonly point: Point | null
}

/** The shop with its point, or the point; null when nothing here has that code. */
export function whatHas(text: string, shops: readonly Shop[], points: readonly Point[]): Named | null {
  const code = fold(codeIn(text))
  if (code === '') return null
  const shop = shops.find((one) => fold(one.plate_code) === code) ?? null
  if (shop) return { shop, point: points.find((one) => one.id === shop.point_id) ?? null }
  const point = points.find((one) => fold(one.code) === code)
  return point ? { shop: null, point } : null
}
