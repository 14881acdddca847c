// Whose response it is: a redirect may have led a request away from the API that its token is for.
import { isBelow } from '../local/fetch.ts'
import type { Config } from '../options.ts'

/** Returns where a response came from; one of a service worker does not say it. @param requested the request's address */
export const addressOf = ({ url }: Response, requested: string): string => url || requested

/**
 * Returns whether a response came from the API that the request was made for. What another server says of the token, or of proofs, is not believed.
 * @param requested the request's address
 */
export function isFromApi({ apis }: Pick<Config, 'apis'>, response: Response, requested: string): boolean {
	const api = apis.find(({ url }) => isBelow(new URL(requested), new URL(url)))
	return !!api && isBelow(new URL(addressOf(response, requested)), new URL(api.url))
}
