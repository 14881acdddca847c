// The session of this site: one manager, created once.
import { createSessionManager } from '@tabsession/core'
import { config } from './config.ts'
import { navigate } from './routes.ts'

export const session = createSessionManager({
	authority: config.authority,
	clientId: 'shop',
	redirectUri: '/signed-in',
	apis: [`${config.api}/api`],
	navigate,
	...config.session,
})
