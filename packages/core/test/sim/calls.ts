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

	function isLate({ witness, since, boundMs }: Call): boolean {
		return witness.tab.page.ran() - since > boundMs
	}

	function settled(call: Call) {
		if (open.delete(call) && isLate(call)) facts.violate('I10', `${call.method} took more than ${call.boundMs} ms`)
	}

	return {
		/** @param boundMs of the page's running time */
		watch<T>(witness: Witness, method: string, boundMs: number, promise: Promise<T>): Promise<T | undefined> {
			const call: Call = { witness, method, since: witness.tab.page.ran(), boundMs }
			open.add(call)
			return promise.then(
				value => {
					settled(call)
					return value
				},
				error => {
					settled(call)
					// `fetch` passes on what the network says.
					const isOfNetwork = method === 'fetch' && error instanceof TypeError && error.message === 'Failed to fetch'
					if (!(error instanceof SessionError || isOfNetwork)) facts.violate('I10', `${method} threw ${error}`)
					return undefined
				},
			)
		},
		look() {
			for (const call of open) {
				const { witness, method, boundMs } = call
				if (witness.tab.page.isGone()) open.delete(call)
				else if (isLate(call)) {
					open.delete(call)
					facts.violate('I10', `${method} hangs for more than ${boundMs} ms`)
				}
			}
		},
	}
}
