// The look of the dialog, in a style sheet that no policy of the page forbids: neither `<style>` nor `style=""` (Content Security Policy).
import { useInsertionEffect } from 'react'

// System colours follow the page's `color-scheme`, and the user's own where colours are forced.
const CSS = `
.tabsession-dialog {
	box-sizing: border-box;
	inline-size: var(--tabsession-width, 27rem);
	max-inline-size: calc(100% - 2rem);
	max-block-size: calc(100% - 2rem);
	padding: 0;
	overflow: auto;
	font-family: var(--tabsession-font, inherit);
	font-size: 1rem;
	line-height: 1.5;
	text-align: start;
	color: var(--tabsession-text, CanvasText);
	background: var(--tabsession-background, Canvas);
	border: var(--tabsession-border, 1px solid color-mix(in srgb, CanvasText 25%, Canvas));
	border-radius: var(--tabsession-radius, 0.75rem);
	box-shadow: var(--tabsession-shadow, 0 1.5rem 4rem rgb(0 0 0 / 35%));
	pointer-events: auto;
}
.tabsession-dialog::backdrop {
	background: var(--tabsession-backdrop, rgb(0 0 0 / 55%));
}
.tabsession-panel {
	display: grid;
	gap: 0.75rem;
	padding: clamp(1.25rem, 6vw, 2rem);
}
.tabsession-dialog .tabsession-panel > * {
	margin: 0;
	text-wrap: pretty;
}
.tabsession-dialog .tabsession-heading {
	font-family: var(--tabsession-heading-font, inherit);
	font-size: 1.375rem;
	font-weight: 600;
	line-height: 1.25;
	outline: none;
}
.tabsession-time {
	font-size: 1.25rem;
	font-weight: 600;
	font-variant-numeric: tabular-nums;
	color: var(--tabsession-urgent, inherit);
}
.tabsession-choices {
	display: flex;
	flex-wrap: wrap;
	gap: 0.75rem;
}
.tabsession-dialog .tabsession-choice {
	flex: 1 1 auto;
	min-inline-size: 2.75rem;
	min-block-size: max(2.75rem, 44px);
	margin: 0;
	padding: 0.5rem 1rem;
	font: inherit;
	font-weight: 600;
	line-height: 1.25;
	color: inherit;
	background: transparent;
	border: 1px solid;
	border-radius: calc(var(--tabsession-radius, 0.75rem) * 0.75);
	cursor: pointer;
	touch-action: manipulation;
}
.tabsession-dialog .tabsession-choice:hover {
	text-decoration: underline;
	text-underline-offset: 0.2em;
}
.tabsession-dialog .tabsession-choice:focus-visible {
	outline: 3px solid var(--tabsession-accent, CanvasText);
	outline-offset: 2px;
}
.tabsession-dialog .tabsession-primary {
	color: var(--tabsession-on-accent, Canvas);
	background: var(--tabsession-accent, CanvasText);
	border-color: transparent;
}
.tabsession-dialog .tabsession-primary:nth-last-child(3) {
	flex-basis: 100%;
}
.tabsession-spoken {
	position: absolute;
	inline-size: 1px;
	block-size: 1px;
	overflow: hidden;
	clip-path: inset(50%);
	white-space: nowrap;
}
@media (max-width: 26rem) {
	.tabsession-choices {
		flex-direction: column;
	}
}
@media (forced-colors: active) {
	.tabsession-dialog {
		border: 2px solid CanvasText;
	}
	.tabsession-dialog .tabsession-primary {
		forced-color-adjust: none;
		color: HighlightText;
		background: Highlight;
	}
	.tabsession-dialog .tabsession-choice:focus-visible {
		outline-color: CanvasText;
	}
}
@media (prefers-reduced-motion: no-preference) {
	.tabsession-dialog {
		animation: tabsession-appear 150ms ease-out;
	}
	@keyframes tabsession-appear {
		from {
			opacity: 0;
			translate: 0 0.5rem;
		}
	}
}
`

let users = 0
let sheet: CSSStyleSheet | undefined

/** The first user brings the sheet, the last one takes it away. */
function adopt() {
	// A browser without shows the dialog in its own style.
	if (!document.adoptedStyleSheets) return undefined
	if (!sheet) {
		sheet = new CSSStyleSheet()
		sheet.replaceSync(CSS)
	}
	const own = sheet
	users += 1
	if (users === 1) document.adoptedStyleSheets = [...document.adoptedStyleSheets, own]
	return () => {
		users -= 1
		if (users === 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter(adopted => adopted !== own)
	}
}

export const useTimeoutStyles = () => useInsertionEffect(adopt, [])
