// "I am still here": what that takes depends on which end is near.
import { announcedAt } from '../policy/deadlines.ts'
import { isLiving } from '../policy/record.ts'
import type { Context } from './context.ts'
import { renewNow } from './renew-now.ts'

/**
 * @param confirm puts the user's word into the record
 * @returns false past the deadline
 * @throws SessionError
 */
export async function stay(context: Context, confirm: () => Promise<boolean>): Promise<boolean> {
	const isNear = () => announced(context)
	const near = isNear()
	if (!near || near === 'idle') return confirm()
	// The provider may give the tokens more time.
	if (near === 'expired') await renewNow(context).catch(() => {})
	if (near === 'expired' && isNear() !== 'expired') return confirm()
	await context.signIn(near === 'lifetime' ? { prompt: 'login' } : {})
	return true
}

function announced({ tab }: Context) {
	const { record } = tab.view
	const { status } = tab.settle()
	return status === 'authenticated' && isLiving(record) ? announcedAt(record.living, record.highTime, tab.config)?.reason : undefined
}
