// The ways in and out, as the page shows them: what runs is in the lazy chunk, what goes wrong is in the snapshot.
import { SessionError } from '../errors.ts'
import type { Popup } from '../platform/ports.ts'
import { isLiving } from '../policy/record.ts'
import type { SignInOptions, SignOutOptions } from '../session-manager.ts'
import type { Snapshot } from '../snapshot.ts'
import { toSessionError } from '../to-session-error.ts'
import { bounded } from './bounded.ts'
import { end, type Former } from './end.ts'
import type { Reconcile } from './reconcile.ts'
import type { Remote } from './remote-port.ts'
import type { SignInResponse } from './response.ts'
import type { Tab } from './tab.ts'

export function createWays(tab: Tab, remote: () => Promise<Remote>, reconcile: Reconcile, renewNow: () => Promise<void>) {
	const { view, settle } = tab
	let answering: Promise<unknown> | undefined
	let leaving: Promise<void> | undefined
	let exiting: Promise<void> | undefined
	/** A sign-in in a window of its own. */
	let joining: { readonly popup: Popup; readonly done: Promise<void> } | undefined
	/** The sign-out whose end could not be committed. */
	let unfinished: SignOutOptions | undefined
	let again: { readonly error: SessionError; readonly repeat: () => Promise<unknown> } | undefined

	/** Runs a story of the lazy chunk; what goes wrong shows in the snapshot, and `retry()` runs `repeat`. */
	async function attempt(story: (remote: Remote) => Promise<void>, repeat: () => Promise<unknown>): Promise<void> {
		view.error = undefined
		// What it would repeat may hold tokens.
		again = undefined
		const { redirecting } = view
		settle()
		try {
			await story(await remote())
		} catch (cause) {
			const error = toSessionError(cause)
			// What this page did not show for a while may be outdated.
			await tab.read().catch(() => {})
			// A sign-out that has taken over from a sign-in tells its own story; what the user has closed, or ended elsewhere, is none.
			const isStory = !/popup_closed|not_authenticated/.test(error.code)
			if (isStory && (view.redirecting !== 'sign-out' || redirecting === 'sign-out')) {
				again = { error, repeat }
				tab.fail(error)
			}
			throw error
		}
	}

	/** Exchanges the response that the page was loaded with; what goes wrong shows in the snapshot. */
	async function answer(response: SignInResponse, isRepeated = false): Promise<void> {
		view.isAnswering = true
		answering = attempt(
			remote => remote.answer(response, isRepeated),
			() => answer(response, true),
		).catch(() => {})
		await answering
		view.isAnswering = false
		await reconcile()
	}

	function signIn(options: SignInOptions = {}, isAutomatic = false): Promise<void> {
		if (view.redirecting === 'sign-out') return Promise.reject(new SessionError('redirecting'))
		if (options.method === 'popup') return inPopup(options)
		// A double click is one sign-in.
		if (!view.redirecting || !leaving) {
			view.redirecting = 'sign-in'
			leaving = attempt(
				remote => remote.signIn(options, isAutomatic),
				() => signIn(options),
			)
		}
		return leaving
	}

	/** The window opens in the task of the click, or the browser blocks it. The page stays as it is. */
	function inPopup(options: SignInOptions): Promise<void> {
		joining?.popup.focus()
		const popup = joining?.popup ?? tab.platform.popup()
		if (!popup) return Promise.reject(new SessionError('popup_blocked'))
		const answered = (exchange: Promise<void>) => {
			answering = exchange.catch(() => {})
		}
		joining ??= {
			popup,
			done: attempt(
				remote => remote.signInInPopup(options, popup, answered),
				() => signIn(options),
			).finally(() => {
				joining = undefined
				return reconcile()
			}),
		}
		return joining.done
	}

	/** On load: the page shows nothing yet, for no longer than a request may take. */
	async function signInSilently(): Promise<void> {
		const { clock } = tab.platform
		const story = () => remote().then(remote => remote.signInSilently())
		if (!isLiving(view.record)) await bounded(clock, tab.config.requestTimeoutMs, story(), 'silent').catch(() => {})
		await reconcile()
		view.isSilent = false
		settle()
	}

	function signOut(options: SignOutOptions = {}): Promise<void> {
		if (view.redirecting !== 'sign-out' || !exiting) exiting = exit(options)
		return exiting
	}

	/** The end is committed before anything else, so that no other tab and no answer on its way can undo it (I2). */
	async function exit(options: SignOutOptions): Promise<void> {
		view.redirecting = 'sign-out'
		joining?.popup.close()
		settle()
		let former: Former | undefined
		try {
			former = await endWhatIs()
			// A sign-in being completed in this page would otherwise begin a session after this end.
			if (answering) {
				await answering
				const begun = await endWhatIs()
				if (begun && former) revoke(former)
				former = begun ?? former
			}
		} catch (error) {
			// The user has signed out: this tab shows it, though the end could not be committed.
			view.unended = error as SessionError
			unfinished = options
			return tab.fail(view.unended)
		}
		if (former && options.at !== 'device') return tellProvider(former, options)
		view.redirecting = undefined
		settle()
		if (former) revoke(former)
	}

	async function endWhatIs(): Promise<Former | undefined> {
		await tab.read()
		return end(tab, 'signed-out')
	}

	function tellProvider(former: Former, options: SignOutOptions): Promise<void> {
		view.redirecting = 'sign-out'
		return attempt(
			remote => remote.signOutAtProvider(former, options),
			() => tellProvider(former, options),
		).catch(() => {})
	}

	/** Revokes what an ended session leaves behind, if the chunk can be had; the token runs out by itself. */
	function revoke(former: Former) {
		remote().then(
			remote => remote.revoke(former),
			() => {},
		)
	}

	async function retry(): Promise<Snapshot> {
		const isRetrying = isLiving(view.record) && view.record.living.failure
		const finish = view.unended && unfinished
		const isMeant = again && again.error === view.error
		tab.distrust()
		await (finish ? () => signOut(finish) : again && isMeant ? again.repeat : isRetrying ? renewNow : reconcile)().catch(() => {})
		return tab.getSnapshot()
	}

	/** A deadline has ended the session, by this tab's hand: at the provider too, where that is wanted. The page comes back to where it was. */
	async function timedOut(former: Former) {
		// No other reason names an option.
		const limit = tab.config[view.record?.end?.reason as 'idle' | 'lifetime']
		if (limit?.signOutAt !== 'provider') return revoke(former)
		// A sign-in that is completed in this page may begin a new session.
		if (answering) await answering
		if (view.record?.id === former.id) void tellProvider(former, { returnTo: tab.platform.address.href })
	}

	return { signIn, joined: () => joining?.done, signInSilently, signOut, answer, retry, timedOut }
}
