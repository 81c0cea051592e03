/**
 * The CNI plugin that a container runtime runs for every pod, and how a node process puts it in
 * place. The plugin itself is C: {@code src/main/c/weft-cni.c}. Start with {@link
 * dev.weft.cni.CniInstallation}.
 */
@NullMarked
package dev.weft.cni;

import org.jspecify.annotations.NullMarked;
