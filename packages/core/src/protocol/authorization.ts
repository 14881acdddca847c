// The authorization request's parameters, as an application asks for them (OpenID Connect Core 3.1.2.1).
import { SessionError } from '../errors.ts'
import type { ClaimsRequest } from '../options.ts'
import type { Asked } from './id-token.ts'

export interface AuthorizationParams {
	readonly prompt?: string | undefined
	readonly loginHint?: string | undefined
	readonly acrValues?: readonly string[] | undefined
	/** s */
	readonly maxAge?: number | undefined
	readonly uiLocales?: readonly string[] | undefined
	readonly claims?: ClaimsRequest | undefined
	readonly extraParams?: Readonly<Record<string, string>> | undefined
}

/** What this package sets itself: another value would undo what it checks. */
const OWN = new Set(
	(
		'client_id redirect_uri response_type response_mode scope state nonce code_challenge code_challenge_method request request_uri ' +
		'client_secret prompt login_hint acr_values max_age ui_locales claims resource dpop_jkt id_token_hint'
	).split(' '),
)

/** The parameters beside those of the code flow itself. @throws SessionError `invalid_option` */
export function paramsOf({ prompt, loginHint, acrValues, maxAge, uiLocales, claims, extraParams = {} }: AuthorizationParams) {
	const own = Object.keys(extraParams).find(name => OWN.has(name))
	if (own) throw new SessionError('invalid_option', { detail: `extraParams: ${own} is set by this package` })
	const params: Record<string, string | undefined> = {
		...extraParams,
		prompt,
		login_hint: loginHint,
		acr_values: acrValues?.join(' '),
		max_age: maxAge === undefined ? undefined : String(maxAge),
		ui_locales: uiLocales?.join(' '),
		claims: claims && JSON.stringify(claims),
	}
	return Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => !!entry[1]))
}

/** What the ID token has to show for it. */
export function askedBy({ maxAge, claims }: AuthorizationParams): Required<Asked> {
	const { essential, value, values } = claims?.id_token?.['acr'] ?? {}
	const acr = value === undefined ? values : [value]
	return { maxAge, acr: essential ? (acr as string[] | undefined) : undefined }
}
