// Where nobody is signed in: a sign-in by itself, or a button where somebody should ask for it.
import type { EndReason } from '@tabsession/core'
import { type ReactNode, useEffect, useState } from 'react'
import type { RegisteredManager } from './register.ts'
import { useSessionManager } from './use-session-manager.ts'
import { useVisible } from './use-visible.ts'

/** Ends after which nobody may be signed in without asking for it. */
const needsAsking = (reason: EndReason) => /^(signed-out(-at-provider)?|idle|lifetime)$/.test(reason)

interface Reason {
	readonly reason: EndReason
}

/** A button that signs in and comes back to this page. */
export function SignInButton({ reason }: Reason): ReactNode {
	const { signIn } = useSessionManager()
	const ask = () => {
		// Why it could not is in the snapshot.
		signIn({ returnTo: location.href, ...(needsAsking(reason) && { prompt: 'login' }) }).catch(() => {})
	}
	return (
		<button type="button" onClick={ask}>
			Sign in
		</button>
	)
}

export function SignIn({ reason, fallback }: Reason & { readonly fallback: ReactNode }): ReactNode {
	return needsAsking(reason) ? <SignInButton reason={reason} /> : <AutomaticSignIn reason={reason} fallback={fallback} />
}

/** The managers that have been asked to sign in since somebody was last signed in: once is enough, or the page would never rest. */
const asked = new WeakSet<RegisteredManager>()

/** Signs in once, as soon as the page is visible; if that comes to nothing, there is a button. */
function AutomaticSignIn({ reason, fallback }: Reason & { readonly fallback: ReactNode }): ReactNode {
	const manager = useSessionManager()
	const isVisible = useVisible()
	const [isAsking, setAsking] = useState(() => !asked.has(manager))
	useEffect(() => {
		if (!isVisible || asked.has(manager)) return
		asked.add(manager)
		const unsubscribe = manager.subscribe(() => {
			if (manager.getSnapshot().status !== 'authenticated') return
			asked.delete(manager)
			unsubscribe()
		})
		manager.requireSession({ returnTo: location.href }).catch(() => setAsking(false))
	}, [manager, isVisible])
	return isAsking ? fallback : <SignInButton reason={reason} />
}
