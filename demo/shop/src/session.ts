// The session of this site: one manager, created once.
import { createSessionManager } from '@tabsession/core'
import { navigate } from '../../ui/routes.ts'
import { config } from './config.ts'

export const session = createSessionManager({
	authority: config.authority,
	clientId: 'shop',
	redirectUri: '/signed-in',
	apis: [`${config.api}/api`],
	navigate,
	...config.session,
})
