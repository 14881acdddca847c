// Rows of the ways out: sign-out and the way back, front-channel logout, the session monitor.
import type { WorldOptions } from '../../../src/testing/index.ts'
import { comesBack, logoutPage, type Monitored, monitored, signsOutHere } from '../ways-out.ts'
import { MISMATCH, OAUTH, type Part, row } from './row.ts'

const RP_INITIATED = 'OpenID Connect RP-Initiated Logout 1.0 section 3'
const FRONT_CHANNEL = 'OpenID Connect Front-Channel Logout 1.0 section 3'
const MONITOR = (section: string) => `OpenID Connect Session Management 1.0 section ${section}`
const MESSAGES = 'HTML Standard 9.3.2'

const OVER = 'ended: signed-out'
const STAYS = `the address stays; ${OVER}`
const HOME = `lands on https://app.example/; ${OVER}`
const BYE = `lands on https://app.example/bye?x=1#h; ${OVER}`
const WANTED = '/bye?x=1#h'

const stranger = (address: URL) => address.searchParams.set('state', 'stranger')
const another = (address: URL, other: string) => address.searchParams.set('state', other)
const none = (address: URL) => address.searchParams.delete('state')
const empty = (address: URL) => address.searchParams.set('state', '')

const ELSEWHERE = ['https://evil.example/x', '//evil.example/x', '/\\evil.example/x', 'javascript:alert(1)', 'data:text/html,x']

export const wayBack: Part = {
	title: 'The way back from a sign-out',
	rows: [
		row('the state that was sent', RP_INITIATED, BYE, comesBack({ returnTo: WANTED })),
		row('no state where none was sent', RP_INITIATED, STAYS, comesBack({})),
		row('a state that nobody sent', RP_INITIATED, STAYS, comesBack({ returnTo: WANTED, change: stranger })),
		row('the state of another sign-out', RP_INITIATED, STAYS, comesBack({ returnTo: WANTED, change: another })),
		row('no state', RP_INITIATED, STAYS, comesBack({ returnTo: WANTED, change: none })),
		row('an empty state', RP_INITIATED, STAYS, comesBack({ returnTo: WANTED, change: empty })),
		row('a state where none was sent', RP_INITIATED, STAYS, comesBack({ change: stranger })),
		row(
			'the state at another page',
			RP_INITIATED,
			STAYS,
			comesBack({
				returnTo: WANTED,
				change: address => {
					address.pathname = '/other'
				},
			}),
		),
		row(
			'the state at the redirect URI, with a code',
			OAUTH('10.12'),
			`lands on https://app.example/bye; ${MISMATCH}`,
			comesBack({
				returnTo: '/bye',
				change: address => {
					address.pathname = '/signed-in'
					address.searchParams.set('code', 'stolen')
				},
			}),
		),
		...ELSEWHERE.map(page => row(`returnTo \`${page}\``, 'RFC 9700 section 4.11', HOME, comesBack({ returnTo: page }))),
	],
}

/** The page has the storage of its origin; the key is with the tabs. */
const OF_TABS: WorldOptions = { session: { storage: 'tabs' } }
const ISS = 'iss=https://id.example'
const ON = 'signed in in every tab'
const ENDED_THERE = 'ended: signed-out-at-provider in every tab'

const queries: readonly (readonly [input: string, query: (sid: string) => string])[] = [
	['of another issuer', sid => `?iss=https://evil.example&sid=${sid}`],
	['of an issuer that begins alike', sid => `?iss=https://id.example.evil.example&sid=${sid}`],
	['of an issuer that is a path of ours', sid => `?iss=https://id.example/other&sid=${sid}`],
	['of another session', () => `?${ISS}&sid=stranger`],
	['of a session that begins alike', sid => `?${ISS}&sid=${sid}0`],
	['without iss', sid => `?sid=${sid}`],
	['without sid', () => `?${ISS}`],
	['without anything', () => ''],
	['with an empty sid', () => `?${ISS}&sid=`],
	['with sid in the fragment', sid => `?${ISS}#sid=${sid}`],
	['with garbage', () => '?iss=%E0%A4%A&sid=%00%FF'],
	['with a sid of 100 kB', () => `?${ISS}&sid=${'s'.repeat(100_000)}`],
	['with `__proto__`', () => `?${ISS}&sid=__proto__`],
]

/** Parameters that come twice. */
const doubled: typeof queries = [
	['with iss twice, the first ours', sid => `?${ISS}&iss=https://evil.example&sid=${sid}`],
	['with iss twice, the last ours', sid => `?iss=https://evil.example&${ISS}&sid=${sid}`],
	['with sid twice, the first ours', sid => `?${ISS}&sid=${sid}&sid=stranger`],
	['with sid twice, the last ours', sid => `?${ISS}&sid=stranger&sid=${sid}`],
]

export const frontChannel: Part = {
	title: 'Front-channel logout page (handleFrontChannelLogout)',
	rows: [
		row('of this session', FRONT_CHANNEL, ENDED_THERE, logoutPage({ query: sid => `?${ISS}&sid=${sid}` }), OF_TABS),
		row(
			'of this session, which the user has ended before',
			FRONT_CHANNEL,
			'ended: signed-out in every tab',
			logoutPage({ query: sid => `?${ISS}&sid=${sid}`, before: signsOutHere }),
			OF_TABS,
		),
		...queries.map(([input, query]) => row(input, FRONT_CHANNEL, ON, logoutPage({ query }), OF_TABS)),
		...doubled.map(([input, query]) => row(input, OAUTH('3.1'), ON, logoutPage({ query }), OF_TABS)),
		row(
			'of this session, at the page of another client',
			FRONT_CHANNEL,
			ON,
			logoutPage({ query: sid => `?${ISS}&sid=${sid}`, options: { clientId: 'other' } }),
			OF_TABS,
		),
		row(
			'of a session that another user’s has followed',
			FRONT_CHANNEL,
			'user-changed in every tab',
			logoutPage({ query: sid => `?${ISS}&sid=${sid}`, before: ({ world }) => world.signedIn('bob') }),
			OF_TABS,
		),
	],
}

const MONITORED: WorldOptions = { session: { sessionMonitor: true }, lifetimeMs: 600_000 }
const AUTHORITY = 'https://id.example'

const strangers: readonly (readonly [input: string, happens: (monitored: Monitored) => void])[] = [
	['of its window at another origin', ({ hear, window }) => hear(window, 'https://evil.example', 'changed')],
	['of its window at an origin that begins alike', ({ hear, window }) => hear(window, `${AUTHORITY}.evil.example`, 'changed')],
	['of its window in a sandbox', ({ hear, window }) => hear(window, 'null', 'changed')],
	['of another window at its origin', ({ hear }) => hear({}, AUTHORITY, 'changed')],
	['of a window that is gone', ({ hear }) => hear(null, AUTHORITY, 'changed')],
	['of the page itself', ({ hear }) => hear(globalThis, 'https://app.example', 'changed')],
]

const garbage = [{ changed: true }, ['changed'], 'CHANGED', 'changed ', null, 7, 'x'.repeat(100_000)]
const shown = (answer: unknown) => (String(answer).length > 100 ? '100 kB' : `\`${JSON.stringify(answer)}\``)

export const monitor: Part = {
	title: 'Session monitor',
	rows: [
		row(
			'`unchanged` before the user signs out at the provider, and `changed` after it',
			MONITOR('3.1'),
			'ended: signed-out-at-provider',
			monitored(({ place }) => place.world.provider.signOut()),
			MONITORED,
		),
		...strangers.map(([input, happens]) => row(`\`changed\` ${input}`, MESSAGES, 'signed in', monitored(happens), MONITORED)),
		...garbage.map(answer =>
			row(
				`the answer ${shown(answer)}`,
				MONITOR('3.2'),
				'signed in',
				monitored(({ answers }) => answers(answer)),
				MONITORED,
			),
		),
		row(
			'the answer `error`',
			MONITOR('3.1'),
			'signed in',
			monitored(({ answers }) => answers('error')),
			MONITORED,
		),
		row(
			'the answer `error`, and `changed` after it',
			MONITOR('3.1'),
			'signed in',
			monitored(({ hear, window }) => {
				hear(window, AUTHORITY, 'error')
				hear(window, AUTHORITY, 'changed')
			}),
			MONITORED,
		),
		row(
			'no answer',
			MONITOR('3.1'),
			'signed in',
			monitored(({ answers }) => answers(undefined)),
			MONITORED,
		),
		row(
			'`changed` from the beginning, of a frame that sees no cookies',
			MONITOR('5.1'),
			'signed in',
			monitored(() => {}, true),
			MONITORED,
		),
	],
}
