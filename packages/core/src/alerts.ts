// What an application is told of sign-ins and sessions that do not go as they should, and what it may set.
import type { EndReason } from './snapshot.ts'

/** What each alert tells beside that it was raised. */
interface AlertDetails {
	/** Sign-ins that the provider, or a check of its answer, refused one after the other. One that the user broke off is none. */
	'repeated-failures': unknown
	/** Sign-ins begun one after the other, whatever became of them. Silent ones are none, nor those that could not leave for the provider. */
	'repeated-attempts': unknown
	/** Sign-ins that nobody asked for come to nothing, or to a session that is over at once: `sign_in_loop`. */
	'redirect-loop': unknown
	/**
	 * A response that answers no sign-in of this browser: a foreign `state` (login CSRF, RFC 6749 section 10.12), the `nonce` of another sign-in
	 * (an injected code, RFC 9700 section 4.5), the `iss` of another provider (mix-up, RFC 9207). An old bookmark of the callback page is one too.
	 */
	'unsolicited-callback': { readonly check: 'state' | 'nonce' | 'iss' }
	/** So many users signed in on one device. */
	'many-users': unknown
	/** The provider ended the session soon after the sign-in: it gives no more tokens, ended its own session, or renewed it wrongly. */
	'ended-early': {
		readonly reason: EndReason
		/** How long after the sign-in, ms. */
		readonly after: number
	}
	/**
	 * The provider refused a refresh token that this browser has sent to nobody in vain before, and that was not past an end the provider has
	 * told: somebody else may have used it (RFC 9700 section 4.14.2). A revocation at the provider looks the same from here.
	 */
	'refresh-token-reuse': {
		/** How old the refused token was, ms. */
		readonly age: number
	}
	/** The clock of this device and the provider's are far apart. */
	'clock-off': {
		/** How far this device's clock is ahead, ms; negative where it is behind. */
		readonly ms: number
	}
}

export type AlertType = keyof AlertDetails

/** One of a kind: raised once an episode, over all tabs. */
export type Alert = {
	[T in AlertType]: {
		/** Tells it from every other alert: a report of it may come twice. */
		readonly id: string
		readonly type: T
		/** When it was raised, ms since the epoch, on the session's own clock. */
		readonly at: number
		/** How often it had happened by then, within the time of its rule; of `many-users`, how many users there were. */
		readonly count: number
	} & AlertDetails[T]
}[AlertType]
