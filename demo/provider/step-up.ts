// Step-up authentication (RFC 9470): which sign-ins need a second step, and what the tokens say of it afterwards.
import type { KoaContextWithOIDC, PromptDetail, UnknownObject } from 'oidc-provider'
import { loadProviderModule } from './load.ts'

/** Signed in with a second step: the one `acr` that can be asked for here. */
export const MFA = 'urn:paperlane:mfa'

/** What `acr_values` or the `claims` parameter ask for (OpenID Connect Core 3.1.2.1, 5.5.1.1). */
function acrAskedFor({ oidc }: KoaContextWithOIDC): readonly unknown[] {
	const { values, value } = (oidc.claims['id_token']?.['acr'] ?? {}) as { values?: unknown; value?: unknown }
	return Array.isArray(values) ? values : [value].filter(one => one !== undefined)
}

/** Asks again where the provider's session does not suffice for what `acr_values` ask for. */
export async function interactionPolicy() {
	const { interactionPolicy } = await loadProviderModule()
	const policy = interactionPolicy.base()
	const isUnmet = (ctx: KoaContextWithOIDC) => {
		const asked = acrAskedFor(ctx)
		return asked.includes(MFA) && !asked.includes(ctx.oidc.acr)
	}
	const description = 'none of the requested authentication contexts was reached'
	policy.get('login')?.checks.add(new interactionPolicy.Check('acr_values', description, 'login_required', isUnmet))
	// What an application may not have is left out, without a word to the user.
	policy.get('consent')?.checks.clear()
	return policy
}

const ACR_REASONS = ['acr_values', 'essential_acr', 'essential_acrs']

export interface Steps {
	/** Whether the user has to say who they are. */
	readonly first: boolean
	/** Whether a one-time code is asked for. */
	readonly second: boolean
	/** Something is asked for as essential that nobody can reach here. */
	readonly impossible: boolean
}

/** What a sign-in has to go through, by the reasons of its prompt. */
export function stepsOf({ reasons }: PromptDetail): Steps {
	const wantsMfa = reasons.includes('acr_values')
	return {
		first: reasons.some(reason => !ACR_REASONS.includes(reason)),
		second: wantsMfa,
		impossible: !wantsMfa && reasons.some(reason => ACR_REASONS.includes(reason)),
	}
}

/** How and when the user signed in, for the API to see (RFC 9470 section 6.1). */
export function authenticationClaims({ oidc }: KoaContextWithOIDC): UnknownObject {
	const { AuthorizationCode, RefreshToken } = oidc.entities
	const { acr, authTime } = (AuthorizationCode ?? RefreshToken ?? {}) as { acr?: string; authTime?: number }
	return { ...(acr && { acr }), ...(authTime && { auth_time: authTime }) }
}
