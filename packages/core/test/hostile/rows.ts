// The hostile list: what a provider, a network, a stranger or a thief may put before a relying party, and what has to come of it.
import { severalApis } from './rows/apis.ts'
import { dpop } from './rows/dpop.ts'
import { channel, discovery, returnTo, revocation } from './rows/elsewhere.ts'
import { afterRefresh, atSignIn } from './rows/id-token.ts'
import { response } from './rows/response.ts'
import type { Part } from './rows/row.ts'
import { signature } from './rows/signature.ts'
import { stepUp } from './rows/step-up.ts'
import { exchange, refresh, tokenResponse } from './rows/token-endpoint.ts'
import { frontChannel, monitor, wayBack } from './rows/ways-out.ts'
import { hiddenFrame, popupWindow } from './rows/windows.ts'

export const parts: readonly Part[] = [
	atSignIn,
	afterRefresh,
	signature,
	response,
	exchange,
	refresh,
	tokenResponse,
	dpop,
	severalApis,
	stepUp,
	discovery,
	returnTo,
	channel,
	popupWindow,
	hiddenFrame,
	revocation,
	wayBack,
	frontChannel,
	monitor,
]
