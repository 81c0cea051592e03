/**
 * What the proxy tells about its work. Start with {@link dev.weft.proxy.observe.ProxyObserver},
 * {@link dev.weft.proxy.observe.RequestStart} and {@link dev.weft.proxy.observe.RequestEnd}.
 */
@NullMarked
package dev.weft.proxy.observe;

import org.jspecify.annotations.NullMarked;
