/**
 * Pure translation of Services, Pods and Gateway API resources to what nodes must know, and to
 * statuses.
 *
 * <p>Start with {@link dev.weft.gatewayapi.Translator} (what is asked), {@link
 * dev.weft.gatewayapi.RouteTranslation} (one route from attachment to rules) and {@link
 * dev.weft.gatewayapi.GatewayTranslation} (one Gateway's listeners). Every class named after a
 * thing in the plural or ending in Translation is a {@link dev.weft.resources.Derivation.Query}: an
 * answer that is computed again only when what it read has changed.
 */
@NullMarked
package dev.weft.gatewayapi;

import org.jspecify.annotations.NullMarked;
