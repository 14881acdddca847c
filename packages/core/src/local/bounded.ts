// No wait is for ever (I10).
import { SessionError } from '../errors.ts'
import type { Clock } from '../platform/ports.ts'

/** @throws SessionError `timeout` after `ms`; what was waited for goes on */
export function bounded<T>(clock: Clock, ms: number, work: Promise<T>, what: string): Promise<T> {
	return new Promise((resolve, reject) => {
		const cancel = clock.after(ms, () => reject(new SessionError('timeout', { detail: what })))
		work.then(resolve, reject).finally(cancel)
	})
}
