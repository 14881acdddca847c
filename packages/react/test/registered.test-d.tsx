// What the types are where an application has registered its manager. Checked by `tsc -p packages/react/tsconfig.registered.json`.
import type { SessionManager, Snapshot, User } from '@tabsession/core'
import { RequireSession, SessionProvider, useSession, useSessionEvent, type useSessionManager, useUser } from '@tabsession/react'

interface Shopper extends User {
	readonly name: string
	readonly plan: 'free' | 'paid'
}

declare const session: SessionManager<Shopper> & { readonly extra: 1 }
declare const stranger: SessionManager

declare module '@tabsession/react' {
	interface Register {
		manager: typeof session
	}
}

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <_ extends true>() => {}

export function useTypes() {
	is<Is<ReturnType<typeof useSessionManager>, typeof session>>()

	const whole = useSession()
	is<Is<typeof whole, Snapshot<Shopper>>>()

	const user = useUser()
	is<Is<typeof user, Shopper>>()
	const plan = useUser(u => u.plan)
	is<Is<typeof plan, 'free' | 'paid'>>()
	// @ts-expect-error no such plan
	const _gold = plan === 'gold'

	useSessionEvent('authenticated', ({ user }) => is<Is<typeof user, Shopper>>())
}

export const app = (
	<SessionProvider manager={session}>
		<RequireSession when={u => u.plan === 'paid'} userChanged={(previous, user) => previous.plan + user.plan} />
	</SessionProvider>
)
// @ts-expect-error a manager whose users have no plan
export const other = <SessionProvider manager={stranger} />
