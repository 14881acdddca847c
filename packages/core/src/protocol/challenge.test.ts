import { describe, expect, it } from 'vitest'
import { challengeParams, stepUpChallenge } from './challenge.ts'

describe('a step-up challenge (RFC 9470 section 3)', () => {
	it.each([
		[
			'Bearer error="insufficient_user_authentication", error_description="A different level is required", acr_values="urn:mfa urn:hw"',
			{ acrValues: ['urn:mfa', 'urn:hw'], maxAge: undefined },
		],
		['Bearer error="insufficient_user_authentication", max_age="5"', { acrValues: undefined, maxAge: 5000 }],
		['DPoP algs="ES256", error=insufficient_user_authentication, max_age=0', { acrValues: undefined, maxAge: 0 }],
		['Basic realm="a \\"b\\", c", Bearer ERROR="insufficient_user_authentication"', { acrValues: undefined, maxAge: undefined }],
		['Bearer error="insufficient_user_authentication", max_age="soon"', { acrValues: undefined, maxAge: undefined }],
	])('%s', (header, challenge) => {
		expect(stepUpChallenge(header)).toEqual(challenge)
	})

	it.each([null, '', 'Bearer', 'Bearer error="invalid_token"', 'Bearer error_description="insufficient_user_authentication"'])(
		'is not in %s',
		header => {
			expect(stepUpChallenge(header)).toBeUndefined()
		},
	)
})

it('a quoted parameter keeps commas, equals signs and escaped quotes', () => {
	expect(challengeParams('Bearer realm="a, b=c \\"d\\"", scope=x')).toEqual({ realm: 'a, b=c "d"', scope: 'x' })
})
