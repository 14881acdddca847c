// A change of the record: one transaction, taken by this tab and told to the others.
import { blank, type Commit, isNewer, parse, type SessionRecord } from '../policy/record.ts'
import type { Tab } from './tab.ts'

export interface CommitOptions {
	/** Wait until it is on the disk. */
	readonly strict?: boolean
	/** Allowed on the record of a newer version of the application. */
	readonly anyFormat?: boolean
}

/**
 * @returns whether the change was made
 * @throws SessionError `storage_unavailable`; whether it was made is then unknown
 */
export async function commit(tab: Tab, change: Commit, { strict = false, anyFormat = false }: CommitOptions = {}): Promise<boolean> {
	const { store, channel } = tab.platform
	let made: SessionRecord | undefined
	const isFresh = await tab.transact(async () => {
		const now = tab.now()
		let current: SessionRecord | undefined
		await store.update(stored => {
			current = parse(stored)
			const base = current ?? blank
			const changed = isNewer(current) && !anyFormat ? undefined : change(base)
			made = changed && { ...changed, revision: base.revision + 1, highTime: Math.max(base.highTime, now) }
			return made
		}, strict)
		return { record: made ?? current, isMine: !!made && made.living?.generation !== current?.living?.generation }
	})
	if (made) channel.post({ revision: made.revision })
	if (!isFresh) await tab.read()
	return !!made
}
