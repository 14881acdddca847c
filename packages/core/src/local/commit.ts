// A change of the record: one transaction, taken by this tab and told to the others.
import { blank, type Commit, isNewer, parse, type SessionRecord } from '../policy/record.ts'
import type { Tab } from './tab.ts'

export interface CommitOptions {
	/** Wait until it is on the disk. */
	readonly strict?: boolean
	/** What the change is made to where the record is of a newer version of the application. Default: it is refused. */
	ofNewer?(record: SessionRecord): SessionRecord | undefined
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
	{ strict = false, ofNewer = () => undefined, isQuiet = () => false }: CommitOptions = {},
): Promise<boolean> {
	const { store, channel } = tab.platform
	let made: SessionRecord | undefined
	let isTold = false
	const isFresh = await tab.transact(async () => {
		let current: SessionRecord | undefined
		await store.update(stored => {
			current = parse(stored)
			const before = current ?? blank
			const now = tab.timeOf(before)
			const base = isNewer(current) ? ofNewer(before) : before
			const changed = base && changeAt(now)(base)
			made = changed && { ...changed, revision: before.revision + 1, highTime: tab.timeOf(changed) }
			isTold = !isQuiet(before, now)
			return made
		}, strict)
		return { record: made ?? current, isMine: !!made && made.living?.generation !== current?.living?.generation }
	})
	if (made && isTold) channel.post({ revision: made.revision })
	if (!isFresh) await tab.read()
	return !!made
}
