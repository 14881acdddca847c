// Watches the keys of `storage: 'tabs'`: a tab that has read the end of a session has no key of it any more, in its storage or its memory.
import type { Facts, Witness } from './facts.ts'

/** ms that a tab tries to commit a session whose key it has stored before, while the storage is in trouble. */
const COMMITTING_MS = 15_000

export function watchKeys(facts: Facts) {
	const { world, sessions, violate } = facts

	/** Only the record tells when, and why. */
	function hasReadEnd({ tab }: Witness): boolean {
		const { end } = facts.record() ?? {}
		const snapshot = tab.getSnapshot()
		return !!end && snapshot.status === 'unauthenticated' && snapshot.reason === end.reason && snapshot.at === end.at
	}

	/** I2 */
	function hasNoKey({ tab }: Witness) {
		const stored = Object.keys(JSON.parse(tab.ownNotes.get('key') ?? '{}') as object)
		for (const [id, { end }] of sessions) {
			if (!end) continue
			if (stored.includes(id)) violate('I2', `the key of ${id}, which has ended, is still in a tab's storage`)
			if (tab.hasKey(id)) violate('I2', `the key of ${id}, which has ended, is still in a tab's memory`)
		}
	}

	return {
		/** After each step. */
		look() {
			if (facts.setup.storage === 'device' || world.store.troubledAt() > facts.now() - COMMITTING_MS) return
			for (const witness of facts.witnesses.values()) if (witness.tab.page.isRunning() && hasReadEnd(witness)) hasNoKey(witness)
		},
	}
}
