// A change of the option `storage`: the key of the live session moves out of the record, or into it. Commit: keyMoved.
import { commit } from '../local/commit.ts'
import type { Tokens } from '../local/tokens.ts'
import { isLiving, type SessionRecord } from '../policy/record.ts'
import { keyMoved } from '../policy/session.ts'
import type { Context } from './context.ts'

/**
 * Seals the tokens under a new key, because the old one is a `CryptoKey` that cannot be read out for `sessionStorage`. The new key is stored before the
 * commit, so that a crash between the two loses no session.
 * @returns whether the key is where it belongs; `false` is tried again at the next look: a renewal under way has to store its response under the old key
 * @throws SessionError `storage_unavailable`
 */
export async function moveKey({ tab, keys, platform: { seal } }: Context): Promise<boolean> {
	const isOfTabs = tab.config.storage === 'tabs'
	const isMisplaced = (record: SessionRecord | undefined) => isLiving(record) && isOfTabs === !!record.living.key
	const { record } = tab.view
	if (!isLiving(record)) return false
	if (!isMisplaced(record)) return true
	const { id, living } = record
	const tokens = living.intent || living.pending ? undefined : await tab.open<Tokens>(record, living.tokens)
	if (!tokens) return false
	let isMade = false
	try {
		const { key, inRecord } = await keys.create(id)
		const moved = { tokens: await seal.seal(key, tokens), key: inRecord }
		isMade = await commit(tab, () => keyMoved({ id, generation: living.generation }, moved), { strict: true })
		return isMade
	} finally {
		keys.settled(id, isMade)
	}
}
