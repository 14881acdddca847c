// A wait of its own. In the lazy chunk only.
import type { Clock } from '../platform/ports.ts'

export const pause = (clock: Clock, ms: number): Promise<void> => new Promise(resolve => clock.after(ms, resolve))
