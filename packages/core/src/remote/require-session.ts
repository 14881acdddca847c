// A router's guard: the user, or the way to the provider.
import { admitted } from '../local/tokens.ts'
import type { RequireSessionOptions } from '../session-manager.ts'
import type { User } from '../snapshot.ts'
import type { Context } from './context.ts'

export async function requireSession({ tab, signIn }: Context, { signal, ...options }: RequireSessionOptions): Promise<User> {
	for (let isAsked = false; ; isAsked = true) {
		const snapshot = await tab.until(({ status }) => !/^(loading|checking|redirecting)$/.test(status), signal)
		if (snapshot.status === 'authenticated') return snapshot.user
		// Never a redirect while an error stands, nor a second one.
		if (snapshot.status !== 'unauthenticated' || snapshot.error || isAsked) admitted(tab)
		else await signIn(options, true)
	}
}
