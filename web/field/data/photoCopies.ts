/** Copies of photos for the time without a network, in Cache Storage: no evidence, and the first to go when storage is short. */

/** Not every page may keep things: plain http, private windows. */
const available = (): boolean => 'caches' in globalThis

async function sizeOf(response: Response): Promise<number> {
  const told = Number(response.headers.get('Content-Length'))
  return told > 0 ? told : (await response.clone().blob()).size
}

/** One cache of them. Its name is kept for ever, and its entries are listed in the order in which they came. */
export class PhotoCopies {
  private known: Promise<Map<string, number>> | null = null

  constructor(
    private readonly name: string,
    private readonly folder: string,
    readonly budget: number,
  ) {}

  private async open(): Promise<Cache | null> {
    return available() ? caches.open(this.name).catch(() => null) : null
  }

  private address = (photoId: string): string => `${this.folder}${photoId}`
  private idOf = (request: Request): string => new URL(request.url).pathname.slice(this.folder.length)

  async get(photoId: string): Promise<Blob | null> {
    const copy = await (await this.open())?.match(this.address(photoId))
    return copy ? copy.blob() : null
  }

  /** Their ids with their sizes, the oldest first; read once, for another page may change only what is no evidence. */
  sizes(): Promise<Map<string, number>> {
    this.known ??= this.readSizes()
    return this.known
  }

  private async readSizes(): Promise<Map<string, number>> {
    const cache = await this.open()
    const sizes = new Map<string, number>()
    for (const request of (await cache?.keys()) ?? []) {
      const copy = await cache!.match(request)
      if (copy) sizes.set(this.idOf(request), await sizeOf(copy))
    }
    return sizes
  }

  /** Keep one. Within the budget the oldest go first, but none of `staying`; false: there was no room for it. */
  async put(photoId: string, copy: Response, staying: ReadonlySet<string> = new Set()): Promise<boolean> {
    const cache = await this.open()
    if (!cache) return false
    const [size, sizes] = [await sizeOf(copy), await this.sizes()]
    let total = [...sizes.values()].reduce((sum, one) => sum + one, size)
    for (const [id, bytes] of [...sizes]) {
      if (total <= this.budget) break
      if (staying.has(id)) continue
      await cache.delete(this.address(id))
      sizes.delete(id)
      total -= bytes
    }
    if (total > this.budget) return false
    await cache.put(this.address(photoId), copy)
    sizes.set(photoId, size)
    return true
  }

  async clear(): Promise<void> {
    this.known = null
    if (available()) await caches.delete(this.name)
  }
}

const MEGABYTE = 1024 * 1024

/** 整改前: review copies of about 0.3 MB, for the camera's overlay. */
export const beforeCopies = new PhotoCopies('photos-from-before', '/kept/photos/', 40 * MEGABYTE)
/** Thumbnails of own photos, of about 10 KB. */
export const thumbCopies = new PhotoCopies('own-thumbnails', '/kept/thumbs/', 6 * MEGABYTE)

/** Storage is short, or somebody signed out: none stays. */
export async function clearCopies(): Promise<void> {
  await Promise.all([beforeCopies.clear(), thumbCopies.clear()])
}
