// @tabsession/core/front-channel-logout: for a static page of the application, which the provider loads in an iframe when its session ends.
import { bounded } from './local/bounded.ts'
import { endBySid } from './local/end-by-sid.ts'
import type { SessionManagerOptions } from './options.ts'
import { pageAddress } from './platform/browser.ts'
import { clock } from './platform/clock.ts'
import type { Reach } from './platform/ports.ts'
import { ownReach, unpartitionedReach } from './platform/storage-access.ts'
import { recordName } from './policy/record.ts'

/** The options of the session manager that say whose session it is, as it has them. */
export type FrontChannelLogoutOptions = Pick<SessionManagerOptions, 'authority' | 'clientId' | 'issuer'>

/** ms until a browser that neither gives nor refuses its storage is taken to refuse. */
const ACCESS_MS = 5000

/** A slash at the end is no difference. */
const bare = (issuer: string) => issuer.replace(/\/$/, '')

/** RFC 6749 section 3.1: no parameter comes twice. */
function only(params: URLSearchParams, name: string): string | undefined {
	const [value, more] = params.getAll(name)
	return more === undefined ? value : undefined
}

/** Ends the session that is meant, if this page can get at it. */
const ends = async (sid: string, reach: Reach | undefined): Promise<boolean> => !!reach && endBySid(sid, reach, clock)

const no = () => false

/**
 * Handles a front-channel logout (OpenID Connect Front-Channel Logout 1.0 section 3), whose `iss` and `sid` are in this page's address. Ends
 * the living session, in all tabs, if both are its own; anybody may load the page, so all else does nothing. Where the browser keeps the
 * storage of embedded pages apart it asks for the real one (Storage Access API), never with a prompt; without it the session ends at its
 * next renewal instead.
 * @returns whether it has ended the session; settles within 30 s, and never rejects
 */
export async function handleFrontChannelLogout({ authority, clientId, issuer = authority }: FrontChannelLogoutOptions): Promise<boolean> {
	const page = pageAddress()
	const { searchParams } = new URL(page ?? 'about:blank')
	const [iss, sid] = [only(searchParams, 'iss'), only(searchParams, 'sid')]
	if (!iss || !sid) return false
	try {
		if (!(typeof issuer === 'function' ? issuer(iss) : bare(issuer) === bare(iss))) return false
		const name = recordName({ authority, clientId })
		if (await ends(sid, ownReach(name)).catch(no)) return true
		return await ends(sid, await bounded(clock, ACCESS_MS, unpartitionedReach(name), 'storage access'))
	} catch {
		return false
	}
}
