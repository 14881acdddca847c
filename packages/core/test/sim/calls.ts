// Watches every call of a public method: it settles within its bound of the page's own running time (I10), with a known error.
import { SessionError } from '../../src/errors.ts'
import type { Facts, Witness } from './facts.ts'

interface Call {
	readonly witness: Witness
	readonly method: string
	readonly since: number
	readonly boundMs: number
}

export function watchCalls(facts: Facts) {
	const open = new Set<Call>()

	return {
		/** @param boundMs of the page's running time */
		watch<T>(witness: Witness, method: string, boundMs: number, promise: Promise<T>): Promise<T | undefined> {
			const call: Call = { witness, method, since: witness.tab.page.ran(), boundMs }
			open.add(call)
			return promise.then(
				value => {
					open.delete(call)
					return value
				},
				error => {
					open.delete(call)
					// `fetch` passes on what the network says.
					if (!(error instanceof SessionError || error instanceof TypeError)) facts.violate('I10', `${method} threw ${error}`)
					return undefined
				},
			)
		},
		look() {
			for (const call of open) {
				const { witness, method, since, boundMs } = call
				if (witness.tab.page.isGone()) open.delete(call)
				else if (witness.tab.page.ran() - since > boundMs) {
					open.delete(call)
					facts.violate('I10', `${method} hangs for more than ${boundMs} ms`)
				}
			}
		},
	}
}
