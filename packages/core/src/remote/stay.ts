// "I am still here": what that takes depends on which end is near.
import { type Ahead, announcedAt, expiry } from '../policy/deadlines.ts'
import { isLiving } from '../policy/record.ts'
import { warningTime } from '../snapshot.ts'
import type { Context } from './context.ts'
import { renewNow } from './renew-now.ts'

/**
 * @param confirm puts the user's word, of the moment when it was given, into the record
 * @returns false past the deadline
 * @throws SessionError
 */
export async function stay(context: Context, confirm: () => Promise<boolean>): Promise<boolean> {
	// A page that has just been opened, or woken, does not know yet what there is to stay in, nor what another tab has done about it.
	await context.reconcile()
	const near = announced(context)
	if (!near || near.reason === 'idle') return confirm()
	if (near.reason === 'expired' && (await hasMoreTime(context, near))) return confirm()
	await context.signIn(near.reason === 'lifetime' ? { prompt: 'login' } : {})
	return true
}

function announced({ tab }: Context): Ahead | undefined {
	const { status } = tab.settle()
	const { view, config } = tab
	const { record } = view
	return status === 'authenticated' && isLiving(record) ? announcedAt(record.living, warningTime(view, tab.now()), config) : undefined
}

/** The provider may give the tokens more time: as much at least as their end was announced ahead, or it is no answer to that. */
async function hasMoreTime(context: Context, { at, warnAt }: Ahead): Promise<boolean> {
	await renewNow(context).catch(() => {})
	const { record } = context.tab.view
	return !isLiving(record) || expiry(record.living) - at >= at - warnAt
}
