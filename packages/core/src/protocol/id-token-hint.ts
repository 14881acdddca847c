// The ID token as a hint in an address.
import { payloadOf } from './id-token.ts'

/** Characters of an ID token that an address can carry: beyond it many servers answer 414 or 431, before any provider reads it. */
export const MAX_HINT_LENGTH = 4096

/** Returns the ID token where it fits into an address as `id_token_hint`. */
export const idTokenHint = (idToken: string | undefined): string | undefined =>
	idToken && idToken.length <= MAX_HINT_LENGTH ? idToken : undefined

/**
 * Returns whose session ends, for the provider (`logout_hint`, RP-Initiated Logout 1.0 section 2): by the `login_hint` claim, as Entra ID has it, and
 * where there is no ID token to say it, by `sub`.
 * @param isHinted whether the request carries the ID token itself
 */
export function logoutHintOf(idToken: string | undefined, isHinted: boolean): string | undefined {
	const { login_hint: loginHint, sub } = payloadOf(idToken ?? '') ?? {}
	const hint = loginHint ?? (isHinted ? undefined : sub)
	return typeof hint === 'string' && hint ? hint : undefined
}
