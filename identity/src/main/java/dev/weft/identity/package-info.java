/** SPIFFE identities, the certificate authority and TLS contexts. */
@NullMarked
package dev.weft.identity;

import org.jspecify.annotations.NullMarked;
