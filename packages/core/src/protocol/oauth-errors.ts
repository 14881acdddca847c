// What each OAuth error code means to a session. A code that is in no registry means that this request was refused, and no more.

/** What an error says, and so what can help. */
export type ErrorMeaning =
	/** The grant is over: its refresh token is never accepted again. */
	| 'grant'
	/** Only the user can help: they have to authenticate or agree. */
	| 'interaction'
	/** The client is not set up for what it asks: only a developer or an administrator can help. */
	| 'client'
	/** The provider is in trouble, or wants a slower pace: time helps. */
	| 'temporary'
	/** The proof of possession was refused, not what was asked for. */
	| 'proof'
	/** This request was refused, and the code does not say why. */
	| 'request'

/** The OAuth Extensions Error Registry of IANA, with the codes of RFC 6749 section 5.2; and those of OpenID Connect CIBA. */
export const errorMeanings = {
	// RFC 6749 sections 4.1.2.1 and 5.2
	invalid_request: 'request',
	invalid_client: 'client',
	invalid_grant: 'grant',
	unauthorized_client: 'client',
	unsupported_grant_type: 'client',
	unsupported_response_type: 'client',
	invalid_scope: 'client',
	access_denied: 'request',
	server_error: 'temporary',
	temporarily_unavailable: 'temporary',
	// RFC 6750 section 3.1, RFC 7009 section 2.2.1
	invalid_token: 'request',
	insufficient_scope: 'request',
	unsupported_token_type: 'request',
	// OpenID Connect Core 3.1.2.6, with the name that the registry had at first; Unmet Authentication Requirements 1.0; RFC 9470 section 3
	interaction_required: 'interaction',
	login_required: 'interaction',
	consent_required: 'interaction',
	account_selection_required: 'interaction',
	session_selection_required: 'interaction',
	unmet_authentication_requirements: 'interaction',
	insufficient_user_authentication: 'interaction',
	// OpenID Connect Core 3.1.2.6, RFC 9101 section 7
	invalid_request_uri: 'request',
	invalid_request_object: 'request',
	request_not_supported: 'client',
	request_uri_not_supported: 'client',
	registration_not_supported: 'client',
	// RFC 7591 section 3.2.2
	invalid_redirect_uri: 'client',
	invalid_client_metadata: 'client',
	invalid_software_statement: 'client',
	unapproved_software_statement: 'client',
	// RFC 8628 section 3.5
	authorization_pending: 'temporary',
	slow_down: 'temporary',
	expired_token: 'request',
	// RFC 8707 section 2, RFC 9396 section 5
	invalid_target: 'client',
	invalid_authorization_details: 'client',
	// RFC 9200 section 5.8.3
	unsupported_pop_key: 'client',
	incompatible_ace_profiles: 'client',
	// RFC 9449 sections 5 and 8
	invalid_dpop_proof: 'proof',
	use_dpop_nonce: 'proof',
	// User-Managed Access 2.0 section 3.3.6
	need_info: 'request',
	request_denied: 'request',
	request_submitted: 'temporary',
	// OpenID Connect CIBA 1.0 sections 11 and 13
	expired_login_hint_token: 'request',
	unknown_user_id: 'request',
	missing_user_code: 'request',
	invalid_user_code: 'request',
	invalid_binding_message: 'request',
	transaction_failed: 'request',
	// OpenID Federation 1.0 section 8.9
	invalid_issuer: 'client',
	invalid_subject: 'client',
	invalid_trust_anchor: 'client',
	invalid_trust_chain: 'client',
	invalid_metadata: 'client',
	unsupported_parameter: 'client',
	// At a token endpoint it is a gateway that says this, for as long as there is no provider behind it.
	not_found: 'temporary',
	// OpenID for Verifiable Presentations 1.0 section 8.5
	vp_formats_not_supported: 'client',
	invalid_request_uri_method: 'client',
	invalid_transaction_data: 'request',
	wallet_unavailable: 'temporary',
} as const satisfies Readonly<Record<string, ErrorMeaning>>

const meanings: ReadonlyMap<string, ErrorMeaning> = new Map(Object.entries(errorMeanings))

/** Returns whether `code` is a registered error code: then it tells nothing but itself. */
export const isRegistered = (code: string): boolean => meanings.has(code)

/** Returns what an error code means. */
export const meaningOf = (code: string): ErrorMeaning => meanings.get(code) ?? 'request'
