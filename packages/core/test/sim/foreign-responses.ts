// Loads pages at the redirect URI with responses that are not theirs, and watches that each session manager takes its own alone.
import { configure } from '../../src/configure.ts'
import { AUTHORITY } from '../../src/testing/provider.ts'
import { ORIGIN } from '../../src/testing/world.ts'
import type { Browser, Slot } from './browser.ts'
import type { Facts } from './facts.ts'

/** A second client of the same provider, with the same redirect URI and a session record of its own. */
const OTHER_CLIENT = 'other-app'

const other = configure({ authority: AUTHORITY, clientId: OTHER_CLIENT, redirectUri: '/signed-in' }, ORIGIN)

export function createResponses({ world, violate }: Facts, browser: Browser) {
	const states: Readonly<Record<string, string>> = {
		"of the application's own": 'of-its-own',
		'of another client': `of-the-other${other.stateSuffix}`,
		'that is forged': `forged${world.stateSuffix}`,
	}

	/** Two managers in one page: the first has left the response where it is, the second takes it. */
	function takenByOther(path: string) {
		const tab = world.open(path, { partition: OTHER_CLIENT, options: { clientId: OTHER_CLIENT } })
		if (tab.href.includes('state=')) violate('I10', 'a session manager has left its own response in the address')
		tab.crash()
	}

	return {
		/** @param whose a name above */
		arrive(slot: Slot, whose: string) {
			const path = `/signed-in?code=code-of-nobody&state=${states[whose]}`
			browser.visit(slot, path)
			const isTaken = slot.page.href !== ORIGIN + path
			const isOwn = whose === 'that is forged'
			if (isTaken && !isOwn) violate('I9', `a response ${whose} was taken`)
			if (!isTaken && isOwn) violate('I10', 'a response with the mark of this client was left in the address')
			if (!isTaken && whose === 'of another client') takenByOther(path)
		},
	}
}
