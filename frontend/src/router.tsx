import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from '@tanstack/react-router'
import { textParams } from './searchParams'
import { takeReturn } from './services/oauth'
import { queryClient } from './services/queryClient'
import { session } from './services/session'
import { setupOptions } from './services/setup'
import { NotFound } from './views/shell/NotFound'
import { Pending } from './views/shell/Pending'
import { RouteProblem } from './views/shell/RouteProblem'

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

/** Signed in, or sent to the sign-in or first-run page with the way back in `next`. */
async function requireSession(next: string): Promise<void> {
  const { status } = session.getState()
  if (status === 'signed-in') return
  if (status === 'unknown' && (await session.refresh())) return
  const { needed } = await queryClient.ensureQueryData(setupOptions())
  if (needed) throw redirect({ to: '/setup' })
  throw redirect({ to: '/login', search: next === '/' ? {} : { next } })
}

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search) => textParams(search, ['next']),
  component: lazyRouteComponent(() => import('./views/login/LoginPage'), 'LoginPage'),
})

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  validateSearch: (search) => textParams(search, ['code']),
  component: lazyRouteComponent(() => import('./views/setup/SetupPage'), 'SetupPage'),
})

const deskRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'desk',
  pendingComponent: Pending,
  beforeLoad: ({ location }) => requireSession(location.href),
  component: lazyRouteComponent(() => import('./views/shell/Shell'), 'Shell'),
})

const homeRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/inbox/$view', params: { view: 'open' } })
  },
})

const inboxRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/inbox/$view',
  validateSearch: (search) =>
    textParams(search, ['status', 'priority', 'assignee', 'mailbox', 'search', 'order']),
  component: lazyRouteComponent(() => import('./views/inbox/InboxPage'), 'InboxPage'),
})

const inboxTicketRoute = createRoute({
  getParentRoute: () => inboxRoute,
  path: '$ticketId',
  component: lazyRouteComponent(() => import('./views/ticket/TicketPage'), 'TicketPage'),
})

const newTicketRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/tickets/new',
  validateSearch: (search) => textParams(search, ['address', 'name']),
  component: lazyRouteComponent(() => import('./views/newticket/NewTicketPage'), 'NewTicketPage'),
})

const ticketRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/tickets/$ticketId',
  component: lazyRouteComponent(() => import('./views/ticket/TicketPage'), 'TicketPage'),
})

const contactsRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/contacts',
  validateSearch: (search) => textParams(search, ['search']),
  component: lazyRouteComponent(() => import('./views/contacts/ContactsPage'), 'ContactsPage'),
})

const contactRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/contacts/$contactId',
  component: lazyRouteComponent(() => import('./views/contacts/ContactPage'), 'ContactPage'),
})

const ledgerRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/ledger/$direction',
  validateSearch: (search) =>
    textParams(search, ['state', 'fate', 'mailbox', 'search', 'mail', 'q']),
  component: lazyRouteComponent(() => import('./views/ledger/LedgerPage'), 'LedgerPage'),
})

const doctorRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/doctor',
  validateSearch: (search) => textParams(search, ['domain', 'show']),
  component: lazyRouteComponent(() => import('./views/doctor/DoctorPage'), 'DoctorPage'),
})

const statusRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/status',
  component: lazyRouteComponent(() => import('./views/status/StatusPage'), 'StatusPage'),
})

/** Providers send people back to the list of mailboxes (RFC 6749 4.1.2); they were at one of them. */
function backFromSignIn({ oauth, oauth_error }: { oauth?: string; oauth_error?: string }): void {
  if (!oauth && !oauth_error) return
  const { mailboxId, search } = takeReturn()
  throw redirect({
    to: '/mailboxes/$mailboxId',
    params: { mailboxId },
    search: { ...search, oauth, oauth_error },
    replace: true,
  })
}

const mailboxesRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/mailboxes',
  validateSearch: (search) =>
    textParams(search, ['show', 'search', 'events', 'oauth', 'oauth_error']),
  beforeLoad: ({ search }) => backFromSignIn(search),
  component: lazyRouteComponent(() => import('./views/mailboxes/MailboxesPage'), 'MailboxesPage'),
})

const providersRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/mailboxes/providers',
  component: lazyRouteComponent(() => import('./views/mailboxes/ProvidersPage'), 'ProvidersPage'),
})

const mailboxRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/mailboxes/$mailboxId',
  validateSearch: (search) =>
    textParams(search, ['step', 'address', 'events', 'oauth', 'oauth_error']),
  component: lazyRouteComponent(() => import('./views/mailboxes/MailboxPage'), 'MailboxPage'),
})

const postboxRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/postbox',
  validateSearch: (search) => textParams(search, ['address', 'name', 'message']),
  component: lazyRouteComponent(() => import('./views/postbox/PostboxPage'), 'PostboxPage'),
})

const accountRoute = createRoute({
  getParentRoute: () => deskRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./views/account/AccountPage'), 'AccountPage'),
})

const routeTree = rootRoute.addChildren([
  loginRoute,
  setupRoute,
  deskRoute.addChildren([
    homeRoute,
    inboxRoute.addChildren([inboxTicketRoute]),
    newTicketRoute,
    ticketRoute,
    contactsRoute,
    contactRoute,
    ledgerRoute,
    doctorRoute,
    statusRoute,
    mailboxesRoute,
    providersRoute,
    mailboxRoute,
    postboxRoute,
    accountRoute,
  ]),
])

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 300,
  defaultErrorComponent: RouteProblem,
  // Filters stay readable in the address: ?status=open,waiting instead of quoted JSON.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith((value) => String(value)),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
