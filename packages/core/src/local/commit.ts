// A change of the record: one transaction, taken by this tab and told to the others.
import { blank, type Commit, isNewer, parse, type SessionRecord } from '../policy/record.ts'
import type { Tab } from './tab.ts'

export interface CommitOptions {
	/** Wait until it is on the disk. */
	readonly strict?: boolean
	/** Allowed on the record of a newer version of the application. */
	readonly anyFormat?: boolean
	/** Whether the other tabs need not look at once: each reads before it acts on what this changes. */
	isQuiet?(before: SessionRecord, now: number): boolean
}

/**
 * @param changeAt the change, at the session time of its transaction: the page may have slept before that
 * @returns whether the change was made
 * @throws SessionError `storage_unavailable`; whether it was made is then unknown
 */
export async function commit(
	tab: Tab,
	changeAt: (now: number) => Commit,
	{ strict = false, anyFormat = false, isQuiet = () => false }: CommitOptions = {},
): Promise<boolean> {
	const { store, channel } = tab.platform
	let made: SessionRecord | undefined
	let isTold = false
	const isFresh = await tab.transact(async () => {
		let current: SessionRecord | undefined
		await store.update(stored => {
			current = parse(stored)
			const base = current ?? blank
			const now = tab.timeOf(base)
			const changed = isNewer(current) && !anyFormat ? undefined : changeAt(now)(base)
			made = changed && { ...changed, revision: base.revision + 1, highTime: tab.timeOf(changed) }
			isTold = !isQuiet(base, now)
			return made
		}, strict)
		return { record: made ?? current, isMine: !!made && made.living?.generation !== current?.living?.generation }
	})
	if (made && isTold) channel.post({ revision: made.revision })
	if (!isFresh) await tab.read()
	return !!made
}
