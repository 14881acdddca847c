// The way out. Commit: ended, before the provider is told, so that no other tab and no answer on its way can undo it (I2).
import { SessionError } from '../errors.ts'
import { end } from '../local/end.ts'
import type { Tokens } from '../local/tokens.ts'
import type { LivingRecord } from '../policy/record.ts'
import type { SignOutOptions } from '../session-manager.ts'
import { type Context, revokeFormer } from './context.ts'
import { depart, stayed } from './sign-in.ts'

/** Sessions that ended here while the provider was out of reach: `retry()` finishes what is left to do. */
const unfinished = new WeakMap<Context, LivingRecord>()

/** @throws SessionError `sign_out_incomplete` if the provider is out of reach, `storage_unavailable` if the end could not be committed */
export async function signOut(context: Context, { at = 'provider' }: SignOutOptions): Promise<void> {
	const { tab } = context
	const record = await tab.read()
	const left = unfinished.get(context)
	const former = left && left.id === record?.id && record.end ? left : await end(tab, 'signed-out')
	if (former && at === 'provider') return tellProvider(context, former)
	if (former) void revokeFormer(context, former)
	stayed(context, 'sign-out')
}

async function tellProvider(context: Context, former: LivingRecord): Promise<void> {
	const { tab, protocol } = context
	unfinished.set(context, former)
	try {
		const { idToken } = await tab.open<Tokens>(former, former.living.tokens)
		const url = await protocol.endSessionUrl(idToken)
		unfinished.delete(context)
		void revokeFormer(context, former)
		if (!url) return stayed(context, 'sign-out')
		depart(context, 'sign-out', url)
	} catch (cause) {
		throw new SessionError('sign_out_incomplete', { cause })
	}
}
