/**
 * The control plane process: reads what users want, translates it, and brings it to the nodes.
 *
 * <p>Start from {@link dev.weft.controlplane.ControlPlane} (the process and its threads), {@link
 * dev.weft.controlplane.TranslationLoop} (snapshot in, resources and statuses out) and {@link
 * dev.weft.controlplane.NodeSession} (how one node is kept up to date).
 *
 * <p>A change's way: {@code FolderSource} (thread {@code folder}) → {@code TranslationLoop} (thread
 * {@code mesh}) → {@code MeshStore} → {@code NodeSession}s (same thread) → gRPC. Statuses go to
 * {@code StatusWriter} (thread {@code status}).
 */
@NullMarked
package dev.weft.controlplane;

import org.jspecify.annotations.NullMarked;
