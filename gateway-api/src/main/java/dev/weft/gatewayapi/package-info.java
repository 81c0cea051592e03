/** Pure translation of Gateway API resources to route tables, listeners and statuses. */
@NullMarked
package dev.weft.gatewayapi;

import org.jspecify.annotations.NullMarked;
