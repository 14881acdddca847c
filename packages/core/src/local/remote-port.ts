// What the kernel asks of the lazy chunk. The kernel reads, shows, hands out and ends; all else that changes the record or asks the provider is there.
import type { SessionError } from '../errors.ts'
import type { Indicator } from '../options.ts'
import type { Popup, RecordStore } from '../platform/ports.ts'
import type { LivingRecord } from '../policy/record.ts'
import type { RequireSessionOptions, SignInOptions, SignOutOptions } from '../session-manager.ts'
import type { User } from '../snapshot.ts'
import type { Former } from './end.ts'
import type { SendProven } from './fetch.ts'
import type { Reconcile } from './reconcile.ts'
import type { SignInResponse } from './response.ts'
import type { Tab } from './tab.ts'
import type { Held } from './tokens.ts'

/** What the lazy chunk gets of the kernel. */
export interface Kernel {
	readonly tab: Tab
	readonly reconcile: Reconcile
	/** Runs the public `signIn`, with all it shows. @param isAutomatic whether nobody asked for it */
	signIn(options: SignInOptions, isAutomatic?: boolean): Promise<void>
	/** A token, as the kernel hands it out. */
	token(indicator: Indicator): Promise<Held>
	/** The sign-in in a window, while there is one. */
	joined(): Promise<void> | undefined
	/** Takes the user to the page they wanted. */
	land(returnTo: string): void
}

export interface Remote {
	/** The record has been read, and what is over is ended: renews what is due, plans the next look. */
	attend(): Promise<void>
	/** The user is active, or the application says so. @returns whether it counts: an event after the deadline is no activity */
	noted(): boolean
	/** Something holds the session. */
	held(): void
	/** Activity at `at`, in the record when this resolves, or reauthentication at the lifetime's warning. @returns false past the deadline */
	stay(at: number): Promise<boolean>
	/** Somebody wants tokens: time to renew ahead, if it is. */
	wanted(): void
	/** The network is back. */
	online(): void
	/** Stops listening and planning. */
	stop(): void
	/**
	 * Renews the token of `record` that `indicator` means; returns when there is a new one, by whichever tab, or its session is over.
	 * @throws SessionError `renewal_failed`, `storage_unavailable`; of a token beside the main one also `sign_in_required`, `provider_error`
	 */
	renew(record: LivingRecord, indicator: Indicator): Promise<void>
	/** Renews now, back-off or not. @throws SessionError */
	renewNow(): Promise<void>
	/** Sends a request with a proof of possession (RFC 9449). @throws SessionError `chunk_failed`; what `fetch` throws */
	readonly sendProven: SendProven
	/**
	 * A token worth another try after an API refused `held` with 401, if there is one.
	 * @param request the call that was refused
	 * @throws SessionError `step_up_required` where the user would have to authenticate anew, and does not
	 */
	afterRejection(held: Held, response: Response, request: Pick<Request, 'url' | 'signal'>): Promise<Held | undefined>
	/** @throws SessionError what stands in the way; `sign_in_loop` where nobody asked for it, too often */
	signIn(options: SignInOptions, isAutomatic: boolean): Promise<void>
	/** @param answering told of the exchange as it begins @throws SessionError what stands in the way; `popup_closed` */
	signInInPopup(options: SignInOptions, popup: Popup, answering: (exchange: Promise<void>) => void): Promise<void>
	/** Signs in whoever is signed in at the provider, if that is allowed now. @throws what went wrong; nobody is to see it */
	signInSilently(): Promise<void>
	/** Returns once the user whose session could not be renewed is back. @throws `error`, or SessionError `user_changed` */
	comeBack(error: SessionError, signal: AbortSignal): Promise<void>
	/** @throws SessionError what stands in the way, or `user_changed` */
	requireSession(options: RequireSessionOptions): Promise<User>
	/** Exchanges the response, once over all tabs. @param isRepeated whether the user asked for another try */
	answer(response: SignInResponse, isRepeated: boolean): Promise<void>
	/** The session that this tab has just ended is ended at the provider too. @throws SessionError `sign_out_incomplete` if that is out of reach */
	signOutAtProvider(former: Former, options: SignOutOptions): Promise<void>
	/** Revokes what an ended session leaves behind; never rejects. */
	revoke(former: Former): Promise<void>
	/** `storage: 'tabs'`: finds the key in this tab or in another, and tells the tab. */
	findKey(id: string): void
	/** Takes a message of the key's hand-over. */
	receive(message: object): void
	/** This page's memory in place of IndexedDB, which is refused. @throws SessionError `storage_unavailable` where a session may be in there */
	memoryStore(): Pick<RecordStore, 'read' | 'update'>
}
