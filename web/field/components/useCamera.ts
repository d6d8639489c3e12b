/** The camera of the page: opened, taken away, opened again. Touches the browser's media only, no screen. */
import { type Ref, shallowRef } from 'vue'

/**
 * off: not requested · starting · on · paused: the system holds the picture back (a call, a lock) ·
 * denied: the person or the system said no · none: there is no camera · lost: it was taken away in use
 */
export type CameraState = 'off' | 'starting' | 'on' | 'paused' | 'denied' | 'none' | 'lost'

/** What a camera can do beyond pictures; the types of the DOM library do not know these yet. */
interface Extras {
  readonly torch?: boolean
  readonly zoom?: { readonly min: number; readonly max: number }
}

export interface Camera {
  readonly state: Readonly<Ref<CameraState>>
  /** null where this camera has no lamp. */
  readonly torch: Readonly<Ref<boolean | null>>
  /** How often larger, and the largest; null where this camera cannot. */
  readonly zoom: Readonly<Ref<{ readonly at: number; readonly max: number } | null>>
  readonly open: (video: () => HTMLVideoElement | null) => Promise<void>
  readonly close: () => void
  readonly switchTorch: () => Promise<void>
  readonly zoomTo: (times: number) => Promise<void>
}

/** Twice is enough; more only enlarges the grain. */
const MOST_ZOOM = 2
const LARGE = { width: { ideal: 1920 }, height: { ideal: 1440 } }

/** A refusal has names by browser; all else means that no picture can be had here. */
export function stateAfter(error: unknown): CameraState {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  // In use by another app: opening it again later may do.
  return name === 'NotReadableError' || name === 'AbortError' ? 'lost' : 'none'
}

function extrasOf(track: MediaStreamTrack): { torch: boolean | null; zoom: { at: number; max: number } | null } {
  const extras = (track.getCapabilities?.() ?? {}) as Extras
  const most = Math.min(MOST_ZOOM, extras.zoom?.max ?? 1)
  return { torch: extras.torch === true ? false : null, zoom: most > 1 ? { at: 1, max: most } : null }
}

/** Follow what the system does to the picture: `ended` when it takes the camera away. */
function watchTrack(track: MediaStreamTrack, state: Ref<CameraState>, ended: () => void): void {
  track.addEventListener('ended', ended)
  track.addEventListener('mute', () => {
    if (state.value === 'on') state.value = 'paused'
  })
  track.addEventListener('unmute', () => {
    if (state.value === 'paused') state.value = 'on'
  })
}

async function apply(track: MediaStreamTrack | undefined, constraint: Readonly<Record<string, unknown>>): Promise<boolean> {
  if (!track) return false
  return track.applyConstraints({ advanced: [constraint as MediaTrackConstraintSet] }).then(
    () => true,
    () => false, // a camera that promised more than it does: the picture stays as it is
  )
}

export function useCamera(): Camera {
  const state = shallowRef<CameraState>('off')
  const torch = shallowRef<boolean | null>(null)
  const zoom = shallowRef<{ at: number; max: number } | null>(null)
  let stream: MediaStream | null = null
  const currentTrack = (): MediaStreamTrack | undefined => stream?.getVideoTracks()[0]

  function stop(then: CameraState): void {
    stream?.getTracks().forEach((track) => track.stop())
    stream = null
    torch.value = null
    zoom.value = null
    state.value = then
  }

  async function open(video: () => HTMLVideoElement | null): Promise<void> {
    if (stream || state.value === 'starting') return
    if (!navigator.mediaDevices?.getUserMedia) {
      state.value = 'none'
      return
    }
    state.value = 'starting'
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: 'environment' }, ...LARGE } })
    } catch (error) {
      state.value = stateAfter(error)
      return
    }
    const screen = video()
    const track = stream.getVideoTracks()[0]
    if (!screen || !track || state.value !== 'starting') return stop('off') // the screen was left meanwhile
    watchTrack(track, state, () => {
      if (currentTrack() === track) stop('lost')
    })
    screen.srcObject = stream
    await screen.play().catch(() => undefined)
    if (stream === null) return
    const extras = extrasOf(track)
    torch.value = extras.torch
    zoom.value = extras.zoom
    state.value = 'on'
  }

  async function switchTorch(): Promise<void> {
    if (torch.value !== null && (await apply(currentTrack(), { torch: !torch.value }))) torch.value = !torch.value
  }

  async function zoomTo(times: number): Promise<void> {
    if (zoom.value && (await apply(currentTrack(), { zoom: times }))) zoom.value = { ...zoom.value, at: times }
  }

  return { state, torch, zoom, open, close: () => stop('off'), switchTorch, zoomTo }
}
