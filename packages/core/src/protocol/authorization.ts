// The authorization request's parameters, as an application asks for them (OpenID Connect Core 3.1.2.1).
import { SessionError } from '../errors.ts'
import type { ClaimsRequest, Config } from '../options.ts'
import type { Asked } from './id-token.ts'

export interface AuthorizationParams {
	readonly prompt?: string | undefined
	readonly loginHint?: string | undefined
	readonly acrValues?: readonly string[] | undefined
	/** s */
	readonly maxAge?: number | undefined
	readonly uiLocales?: readonly string[] | undefined
	readonly claims?: ClaimsRequest | undefined
	readonly resource?: string | readonly string[] | undefined
	/** RFC 9449 section 10 */
	readonly dpopJkt?: string | undefined
	readonly extraParams?: Readonly<Record<string, string>> | undefined
}

/** What this package sets itself: another value would undo what it checks. */
const OWN = new Set(
	(
		'client_id redirect_uri response_type response_mode scope state nonce code_challenge code_challenge_method request request_uri ' +
		'client_secret prompt login_hint acr_values max_age ui_locales claims resource dpop_jkt id_token_hint'
	).split(' '),
)

const unique = (values: readonly (string | undefined)[]) => [...new Set(values)].filter(value => value !== undefined)

/** All scopes that tokens may be asked for with: a refresh cannot ask for more than was granted (RFC 6749 section 6). */
export const scopeOf = ({ scope, apis }: Config): string =>
	unique([scope, ...apis.map(({ indicator }) => indicator.scope)].flatMap(words => words?.split(' '))).join(' ')

/** All resources that tokens may be asked for (RFC 8707 section 2.1). @throws SessionError `invalid_option` */
export function resourcesOf({ resource, apis }: Config, { resource: more = [] }: AuthorizationParams): string[] {
	const given = typeof more === 'string' ? [more] : more
	if (!Array.isArray(given) || given.some(value => typeof value !== 'string' || !value))
		throw new SessionError('invalid_option', { detail: 'resource' })
	return unique([resource, ...apis.map(({ indicator }) => indicator.resource), ...given])
}

/** The parameters beside those of the code flow itself. @throws SessionError `invalid_option` */
export function paramsOf({ prompt, loginHint, acrValues, maxAge, uiLocales, claims, dpopJkt, extraParams = {} }: AuthorizationParams) {
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
		dpop_jkt: dpopJkt,
	}
	return Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => !!entry[1]))
}

/** What the ID token has to show for it. */
export function askedBy({ maxAge, claims }: AuthorizationParams): Required<Asked> {
	const { essential, value, values } = claims?.id_token?.['acr'] ?? {}
	const acr = value === undefined ? values : [value]
	return { maxAge, acr: essential ? (acr as string[] | undefined) : undefined }
}
