// A router's guard: the user, or the way to the provider.
import { admitted, notRenewed } from '../local/tokens.ts'
import type { RequireSessionOptions } from '../session-manager.ts'
import { isTimeUnconfirmed, type Snapshot, type User } from '../snapshot.ts'
import type { Context } from './context.ts'

export async function requireSession({ tab, signIn }: Context, { signal, ...options }: RequireSessionOptions): Promise<User> {
	for (let isAsked = false; ; isAsked = true) {
		const isKnown = ({ status }: Snapshot) => !/^(loading|checking|redirecting)$/.test(status)
		const snapshot = await tab.until(now => isKnown(now) || isTimeUnconfirmed(tab.view), signal)
		if (snapshot.status === 'authenticated') return snapshot.user
		const { living } = tab.view.record ?? {}
		if (living && !isKnown(snapshot)) throw notRenewed(living)
		// Never a redirect while an error stands, nor a second one.
		if (snapshot.status !== 'unauthenticated' || snapshot.error || isAsked) admitted(tab)
		else await signIn(options, true)
	}
}
