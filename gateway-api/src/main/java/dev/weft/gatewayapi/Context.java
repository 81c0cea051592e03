package dev.weft.gatewayapi;

import dev.weft.resources.IdentityAllocator;

/** What translation needs besides the snapshot; both answer the same question always the same. */
record Context(IdentityAllocator identities, AddressPool addresses) {}
