package dev.weft.policy;

import dev.weft.resources.IdentityAllocator;

/** What translation needs besides the snapshot. */
record Context(IdentityAllocator identities) {}
